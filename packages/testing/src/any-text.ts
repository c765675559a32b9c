import fc from 'fast-check'

const character = fc.oneof(
  fc.constantFrom(
    '\0',
    '\n',
    '\r',
    '\t',
    ' ',
    '"',
    "'",
    '\\',
    '$',
    '{',
    '}',
    '=',
    ':',
    '#',
    '!',
    '<',
    '&',
    '\u0085',
    '\u2028',
  ),
  fc.integer({ min: 0, max: 0x7f }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0x80, max: 0xd7ff }).map((code) => String.fromCodePoint(code)),
  fc.integer({ min: 0xe000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
)

/** Any text without lone surrogates, rich in what formats escape; fast-check's own `unit: 'binary'` needs seconds to begin. */
export const anyText = fc.string({ unit: character })
