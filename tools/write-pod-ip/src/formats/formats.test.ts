import { RefusedError } from '@initbox/core'
import { anyText } from '@initbox/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAddress } from '../address/address.ts'
import { type Facts, factsOf } from '../facts/facts.ts'
import type { FormatSettings } from './format.ts'
import { formats } from './index.ts'

const ipv6 = parseAddress('fd00::7') ?? expect.fail()
const ipv4 = parseAddress('10.244.1.7') ?? expect.fail()
const environment = { POD_NAME: 'web-0', MY_NODE_NAME: 'node-1', HOST_IPS: '10.0.0.2,fd00::2', PORT: '80' }
const settings: FormatSettings = { hostNames: [], template: undefined, environment }

function facts(more: Partial<Facts> = {}): Facts {
  const addresses = [ipv6, ipv4] as const
  const all = factsOf([ipv6, ipv4], environment, false)
  return { addresses: [...addresses], all, labels: undefined, annotations: undefined, ...more }
}
const withLabel = (value: string, key = 'a.b/c-d'): Facts => facts({ labels: new Map([[key, value]]) })

test('plain is the address and a line end', () => {
  expect(formats.plain(facts(), settings)).toBe('fd00::7\n')
})

test('json has the names of the fields', () => {
  const text = formats.json(facts({ labels: new Map([['a/b', 'c']]), annotations: new Map() }), settings)
  expect(JSON.parse(text)).toEqual({
    podIP: 'fd00::7',
    podIPs: ['fd00::7', '10.244.1.7'],
    podIPInURL: '[fd00::7]',
    hostIPs: ['10.0.0.2', 'fd00::2'],
    nodeName: 'node-1',
    podName: 'web-0',
    labels: { 'a/b': 'c' },
    annotations: {},
  })
})

test('env has no quotes', () => {
  expect(formats.env(withLabel('v1'), settings)).toBe(
    [
      'POD_IP=fd00::7',
      'POD_IPS=fd00::7,10.244.1.7',
      'POD_IP_IN_URL=[fd00::7]',
      'HOST_IPS=10.0.0.2,fd00::2',
      'NODE_NAME=node-1',
      'POD_NAME=web-0',
      'LABEL_A_B_C_D=v1',
      '',
    ].join('\n'),
  )
})

test.each([' ', "'", '"', '#', '$X', '`', '\\', 'a\nb', 'é'])(
  'env refuses %j, which not all readers take alike',
  (value) => {
    expect(() => formats.env(withLabel(value), settings)).toThrow(
      'the format env cannot carry the value of LABEL_A_B_C_D: it needs quotes',
    )
  },
)

test('env-file is strict', () => {
  expect(formats['env-file'](facts(), settings)).toMatch(/^POD_IP='fd00::7'\nPOD_IPS='fd00::7,10.244.1.7'\n/)
  expect(() => formats['env-file'](withLabel("it's"), settings)).toThrow(
    new RefusedError('the format env-file cannot carry the value of LABEL_A_B_C_D: it contains a single quote', {
      hint: 'the format json can',
    }),
  )
  expect(() => formats['env-file'](withLabel('a\r\nb'), settings)).toThrow('it contains a carriage return or NUL')
  expect(() => formats['env-file'](withLabel('x'.repeat(70_000)), settings)).toThrow('Kubernetes reads at most 64 KiB')
})

/** Kubernetes' rules for an env file ("Env file syntax"), enough to read what a writer of it may write. */
function readEnvFile(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^([^='\n]+)='([^']*)'\n/gm)].map(([, name = '', value = '']) => [name, value]))
}

test('what env-file writes is read back', () => {
  fc.assert(
    fc.property(anyText, (value) => {
      fc.pre(!/['\r\0]/.test(value))
      expect(readEnvFile(formats['env-file'](withLabel(value), settings)).get('LABEL_A_B_C_D')).toBe(value)
    }),
  )
})

test('hosts has a line for each address', () => {
  expect(formats.hosts(facts(), settings)).toBe('fd00::7\tweb-0\n10.244.1.7\tweb-0\n')
  expect(formats.hosts(facts(), { ...settings, hostNames: ['web.example', 'web'] })).toMatch(
    /^fd00::7\tweb.example web\n/,
  )
  expect(() => formats.hosts(facts({ all: [] }), settings)).toThrow('a hosts entry needs a name: POD_NAME is not set')
  const all = [{ key: 'podName', variable: 'POD_NAME', value: 'a\nb' }]
  expect(() => formats.hosts(facts({ all }), settings)).toThrow('POD_NAME is not a host name: "a\\nb"')
})

test('properties', () => {
  expect(formats.properties(withLabel(' a\tb\\é😀:=', 'k :=#!'), settings)).toBe(
    [
      'pod.ip=fd00::7',
      'pod.ips=fd00::7,10.244.1.7',
      'pod.ip.in.url=[fd00::7]',
      'host.ips=10.0.0.2,fd00::2',
      'node.name=node-1',
      'pod.name=web-0',
      String.raw`label.k\ \:\=\#\!=\ a\tb\\\u00e9\ud83d\ude00:=`,
      '',
    ].join('\n'),
  )
})

/** java.util.Properties.load, as its documentation describes it, for one line without continuation. */
function loadProperty(line: string): [string, string] {
  const [, key = '', value = ''] = /^[ \t\f]*((?:[^\\:= \t\f]|\\.)*)[ \t\f]*[:=]?[ \t\f]*(.*)$/s.exec(line) ?? []
  const names: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }
  const plain = (text: string): string =>
    text.replaceAll(/\\(?:u([0-9a-f]{4})|(.))/gs, (_, hex: string | undefined, char: string) =>
      hex === undefined ? (names[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
    )
  return [plain(key), plain(value)]
}

test('what properties writes is read back, whatever it is', () => {
  fc.assert(
    fc.property(
      anyText.filter((text) => text !== ''),
      anyText,
      (key, value) => {
        const lines = formats.properties(withLabel(value, key), settings).split('\n')
        expect(loadProperty(lines.at(-2) ?? '')).toEqual([`label.${key}`, value])
      },
    ),
  )
})

test.each([
  ['${POD_IP}', 'fd00::7'],
  ['http://${POD_IP}:${PORT}/', 'http://[fd00::7]:80/'],
  ['amqp://user:x@${POD_IP}', 'amqp://user:x@[fd00::7]'],
  ['${POD_IP_IN_URL}:80', '[fd00::7]:80'],
  ['http://${POD_IP_IN_URL}', 'http://[fd00::7]'],
  ['http://${POD_NAME}', 'http://web-0'],
  ['http://x/${POD_IP}', 'http://x/fd00::7'],
  ['${NODE_NAME} ${POD_IPS} $$', 'node-1 fd00::7,10.244.1.7 $$'],
])('the template %s becomes %s', (text, result) => {
  expect(formats.template(facts(), { ...settings, template: { name: '--template', text } })).toBe(result)
})

test('an unknown name in a template is refused', () => {
  const template = { name: '/config/t', text: 'a\n ${NOPE}' }
  expect(() => formats.template(facts(), { ...settings, template })).toThrow(
    'cannot render /config/t: line 2, column 2: NOPE is not set',
  )
})

test('two keys that would be one variable are refused', () => {
  const labels = new Map([
    ['a.b', '1'],
    ['a-b', '2'],
  ])
  expect(() => formats.env(facts({ labels }), settings)).toThrow('a.b and a-b would both become the variable LABEL_A_B')
})
