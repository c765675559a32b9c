import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runToolWith, useVolume, volumeEntries } from '@initbox/testing'
import { tool } from './tool.ts'

type Environment = Readonly<Record<string, string>>

const run = (flags: string, environment: Environment = {}) =>
  runToolWith(tool, flags === '' ? [] : flags.split(' '), environment)
const read = (path: string): string => readFileSync(path, 'utf8')
const mode = (path: string): number => statSync(path).mode & 0o777

useVolume()

test('the page of the example', async () => {
  writeFileSync('ip.txt', '10.244.1.7\n')
  writeFileSync('page.html.tmpl', '<p>Hello, ${WHO:-World}! Your Pod IP is: ${file:ip.txt}</p>\n')
  expect(await run('--in page.html.tmpl --out www/index.html')).toMatchObject({
    code: 0,
    log: 'rendered page.html.tmpl to www/index.html',
  })
  expect(read('www/index.html')).toBe('<p>Hello, World! Your Pod IP is: 10.244.1.7</p>\n')
  expect(mode('www/index.html')).toBe(0o644)
})

test('a second run touches nothing and says so', async () => {
  const { log } = await run('--template ${A} --out f', { A: 'x' })
  const before = statSync('f')
  expect(log).toBe('rendered --template to f')
  expect(await run('--template ${A} --out f', { A: 'x' })).toMatchObject({ log: 'rendered --template to f, unchanged' })
  expect(statSync('f').ino).toBe(before.ino)
})

test.each([
  ['f.html', [], '&lt;&quot;&gt; &amp; &#39;'],
  ['f.json', ['--escape', 'html'], '&lt;&quot;&gt; &amp; &#39;'],
  ['f.yaml', [], String.raw`<\"> & '`],
  ['f.xml', [], '&lt;&quot;&gt; &amp; &#39;'],
  ['f.txt', [], `<"> & '`],
  ['f.html', ['--escape', 'none'], `<"> & '`],
  ['f.txt', ['--escape', 'shell'], `'<"> & '\\'''`],
])('what is inserted into %s with %j is escaped', async (out, flags, inserted) => {
  await runToolWith(tool, ['--template', '<b "\'>${A}', '--out', out, ...flags], { A: `<"> & '` })
  expect(read(out)).toBe(`<b "'>${inserted}`)
})

test('a .json file holds JSON, or is not written', async () => {
  const template = '{\n  "text": "${A}", "number": ${N}\n}'
  await runToolWith(tool, ['--template', template, '--out', 'f.json'], { A: 'a "b"\n', N: '5' })
  expect(JSON.parse(read('f.json'))).toEqual({ text: 'a "b"\n', number: 5 })
  const refused = await runToolWith(tool, ['--template', template, '--out', 'g.json'], { A: 'a', N: 'hunter2' })
  expect(refused).toMatchObject({
    code: 5,
    log:
      'error: the result of --template is no JSON at line 2, column 26 ' +
      '(hint: a text needs quotes around it in the template: "${NAME}"; --escape none does not look)',
  })
})

test('a value of several lines never adds a key to YAML', async () => {
  await runToolWith(tool, ['--template', 'key: ${A}\n', '--out', 'f.yml'], { A: 'x\nadmin: true' })
  expect(read('f.yml')).toBe(String.raw`key: "x\nadmin: true"` + '\n')
  const refused = await runToolWith(tool, ['--template', 'url: http://${A}\n', '--out', 'f.yml'], { A: 'x\nadmin: 1' })
  expect(refused).toMatchObject({ code: 5 })
  expect(refused.log).toContain('line 1, column 13: A would become more than text here')
})

test.each(['-', '/dev/stdout'])('--out %s is stdout, and nothing is written', async (out) => {
  expect(await run(`--template \${A} --out ${out}`, { A: 'x' })).toEqual({
    code: 0,
    log: 'rendered --template to stdout',
    output: '',
  })
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const { stdout } = spawnSync(process.execPath, [main, '--template', 'a${A}', '--out', out], { env: { A: 'x' } })
  expect(String(stdout)).toBe('ax')
  expect(volumeEntries()).toEqual([])
  mkdirSync('in')
  writeFileSync('in/a', '')
  expect(await run(`--in in --out ${out}`)).toMatchObject({
    code: 2,
    log: 'error: --out - takes one template, and in is a folder',
  })
})

test('a value that is not UTF-8 is refused, and U+FFFD itself is a character like any other', () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const script = `V=$(printf '%b' "$BYTES") exec "$0" "$@" --template 'v\${V}' --out f`
  const render = (bytes: string): (string | number | null)[] => {
    const { status, stderr } = spawnSync('sh', ['-c', script, process.execPath, main], { env: { BYTES: bytes } })
    return [status, String(stderr)]
  }
  expect(render(String.raw`a\0377`)).toEqual([
    5,
    'error: cannot render --template: line 1, column 2: the value of V is not UTF-8 text\n',
  ])
  expect(render(String.raw`a\0357\0277\0275`)).toEqual([0, 'rendered --template to f\n'])
  expect(read('f')).toBe('va\uFFFD')
})

test('--dry-run checks all and writes nothing', async () => {
  expect(await run('--template ${A} --out f --dry-run', { A: 'x' })).toMatchObject({
    code: 0,
    log: 'rendered --template to f: all is well, and nothing was written (--dry-run)',
  })
  expect(await run('--template ${A} --out f --dry-run')).toMatchObject({ code: 5 })
  expect(volumeEntries()).toEqual([])
})

test('--only with a name that no template has is most likely mistyped', async () => {
  expect(await run('--template ${A}$B --out f --only A,B,C', { A: 'x' })).toMatchObject({
    code: 2,
    log: 'error: --only names B, C, which no template has (hint: a reference is ${NAME}, with braces)',
  })
})

test('--allow-dir lets a file of another mount be inserted, but nothing beside it', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'secrets-')))
  writeFileSync(`${folder}/token`, 'hunter2\n')
  symlinkSync('/etc/hostname', `${folder}/link`)
  const insert = (path: string) =>
    runToolWith(tool, ['--template', `\${file:${path}}`, '--out', 'f', '--allow-dir', folder])
  expect(await insert(`${folder}/token`)).toMatchObject({ code: 0 })
  expect(read('f')).toBe('hunter2')
  expect(await insert(`${folder}/link`)).toMatchObject({ code: 5 })
  expect(await insert(`${folder}/../x`)).toMatchObject({ code: 5 })
  rmSync(folder, { recursive: true })
})

test('values are never scanned again', async () => {
  writeFileSync('v', '${A}$$ \n')
  await runToolWith(tool, ['--template', '${A}${file:v}', '--out', 'f'], { A: '${B}' })
  expect(read('f')).toBe('${B}${A}$$')
})

test('--only renders what it lists and leaves the rest byte for byte, as envsubst does', async () => {
  writeFileSync('a', 'A')
  writeFileSync('t', 'server ${HOST}:${PORT:-80}; if ($$ $uri ${uri} ${ "x" }) ${file:a} ${file:b} ${')
  await run('--in t --out f --only HOST,file:a', { HOST: 'web', uri: 'no' })
  expect(read('f')).toBe('server web:${PORT:-80}; if ($$ $uri ${uri} ${ "x" }) A ${file:b} ${')
})

test('--only does not hide a mistake in what it lists', async () => {
  const { log } = await runToolWith(tool, ['--template', '${X ${A', '--out', 'f', '--only', 'A'], { A: 'x' })
  expect(log).toBe("error: cannot render --template: line 1, column 5: '${' has no '}' on its line")
})

test('a folder: .tmpl is dropped, binary files are copied, executables stay so, and the order is of no account', async () => {
  mkdirSync('in/sub/deep', { recursive: true })
  writeFileSync('in/a.conf.tmpl', 'a=${A}\n')
  writeFileSync('in/sub/page.html', '${A}')
  writeFileSync('in/sub/deep/run.sh.tmpl', '#!/bin/sh\necho ${A}\n')
  chmodSync('in/sub/deep/run.sh.tmpl', 0o755)
  writeFileSync('in/.tmpl', '')
  const binary = Buffer.from([0x24, 0x7b, 0x00, 0xff])
  writeFileSync('in/logo.png', binary)
  expect(await run('--in in --out out --mode 0440', { A: '<&>' })).toMatchObject({
    code: 0,
    log: expect.stringContaining('rendered 5 files of in to out, 1 of them copied as binary'),
  })
  expect(volumeEntries().filter((path) => path.startsWith('out/'))).toEqual([
    'out/.tmpl',
    'out/a.conf',
    'out/logo.png',
    'out/sub',
    'out/sub/deep',
    'out/sub/deep/run.sh',
    'out/sub/page.html',
  ])
  expect(read('out/a.conf')).toBe('a=<&>\n')
  expect(read('out/sub/page.html')).toBe('&lt;&amp;&gt;')
  expect(readFileSync('out/logo.png').equals(binary)).toBe(true)
  expect([mode('out/a.conf'), mode('out/sub/deep/run.sh')]).toEqual([0o440, 0o550])
})

test('a folder of another mount may be rendered into the volume itself', async () => {
  const mount = mkdtempSync(join(tmpdir(), 'render-template-'))
  writeFileSync(join(mount, 'a'), '${A}')
  expect(await run(`--in ${mount} --out .`, { A: 'x' })).toMatchObject({ code: 0 })
  expect(await run(`--in ${mount}/a --out ${mount}/b`, { A: 'x' })).toMatchObject({ code: 0 })
  expect([read('a'), read(join(mount, 'b'))]).toEqual(['x', 'x'])
  rmSync(mount, { recursive: true })
})

/** The layout that the kubelet gives a ConfigMap mount. */
function configMap(files: Readonly<Record<string, string>>): void {
  mkdirSync('config/..2026_11_22')
  symlinkSync('..2026_11_22', 'config/..data')
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(`config/..2026_11_22/${name}`, content)
    symlinkSync(`..data/${name}`, `config/${name}`)
  }
}

test('a ConfigMap mount: each key once, whole or one file of it', async () => {
  mkdirSync('config')
  configMap({ 'a.tmpl': '${A}', b: 'b' })
  expect(await run('--in config --out out', { A: 'x' })).toMatchObject({ log: 'rendered 2 files of config to out' })
  expect(volumeEntries().filter((path) => path.startsWith('out/'))).toEqual(['out/a', 'out/b'])
  expect(await run('--in config/a.tmpl --out one', { A: 'x' })).toMatchObject({ code: 0 })
  expect(read('one')).toBe('x')
})

test('symlinks in a folder of templates may not lead out of it', async () => {
  mkdirSync('in')
  writeFileSync('secret', 'x')
  writeFileSync('in/a', 'a')
  symlinkSync('a', 'in/b')
  expect(await run('--in in --out out')).toMatchObject({ code: 0 })
  symlinkSync('../secret', 'in/c')
  const { code, log } = await run('--in in --out out2')
  expect(code).toBe(5)
  expect(log).toMatch(/^error: cannot read .*\/in\/c: it leads out of .*\/in$/)
  expect(volumeEntries()).not.toContain('out2')
  rmSync('in/c')
  mkdirSync('in/d')
  symlinkSync('d', 'in/e')
  expect(await run('--in in --out out3')).toMatchObject({
    code: 5,
    log: expect.stringMatching(/in\/e is a symbolic link to a folder, and those are not followed$/),
  })
})

const hint = ' (hint: set it under env:, or write ${NAME:-default})'

test.each<[code: number, template: string, environment: Environment, log: string]>([
  [5, '\n x ${A}', {}, `error: cannot render --template: line 2, column 4: A is not set${hint}`],
  [5, '${A:?where is A}', { A: '' }, 'error: cannot render --template: line 1, column 1: A: where is A'],
  [5, '${A', { A: 'a' }, "error: cannot render --template: line 1, column 1: '${' has no '}' on its line"],
  [
    4,
    '${file:no.txt}',
    {},
    'error: cannot render --template: line 1, column 1: cannot read no.txt: there is no such file',
  ],
  [
    5,
    '${file:../x}',
    {},
    "error: cannot render --template: line 1, column 1: ${file:../x} must not contain '..': '../x'",
  ],
  [
    5,
    '${file:/etc/passwd}',
    {},
    'error: cannot render --template: line 1, column 1: ${file:/etc/passwd} lies outside the volume (hint: --allow-dir /etc allows',
  ],
])('exit %i of %j', async (code, template, environment, message) => {
  const { log, ...ended } = await runToolWith(tool, ['--template', template, '--out', 'f'], environment)
  expect(log).toContain(message)
  expect(ended.code).toBe(code)
  expect(volumeEntries()).toEqual([])
})

test('files of the volume are read only inside it, and only as text', async () => {
  symlinkSync('/etc/passwd', 'passwd')
  writeFileSync('latin1', Buffer.from([0xe9]))
  mkdirSync('folder')
  const insert = (path: string) => runToolWith(tool, ['--template', `\${file:${path}}`, '--out', 'f'])
  expect(await insert('passwd')).toMatchObject({ code: 5, log: expect.stringContaining('it leads out of the volume') })
  expect(await insert('latin1')).toMatchObject({
    code: 5,
    log: expect.stringContaining('latin1: it is not UTF-8 text'),
  })
  expect(await insert('folder')).toMatchObject({ code: 5, log: expect.stringContaining('folder: it is not a file') })
  expect(volumeEntries()).toEqual(['folder', 'latin1', 'passwd'])
})

test('one bad template in a folder, and nothing is written', async () => {
  mkdirSync('in')
  writeFileSync('in/a', 'fine')
  writeFileSync('in/b', '${NOPE}')
  const { code, log } = await run('--in in --out out')
  expect(log).toMatch(/^error: cannot render in\/b: line 1, column 1: NOPE is not set/)
  expect(code).toBe(5)
  expect(volumeEntries()).not.toContain('out')
})

test('a value is never in the log', async () => {
  writeFileSync('t', '${SECRET}${NOPE}')
  const { log } = await run('--in t --out f', { SECRET: 'hunter2', LOG_LEVEL: 'debug' })
  expect(log).toContain('NOPE')
  expect(log).not.toContain('hunter2')
})

test('memory is bounded: by what is read, and by what comes out', async () => {
  writeFileSync('big', 'x'.repeat(2_000))
  const { log, code } = await run('--in big --out f --max-size 1k')
  expect(log).toBe(
    'error: cannot read big: it is larger than 1 kB (hint: --max-size raises the limit; all of it is held in memory)',
  )
  expect(code).toBe(5)
  mkdirSync('in')
  for (const name of ['a', 'b']) writeFileSync(`in/${name}`, 'x'.repeat(900))
  expect(await run('--in in --out out --max-size 1k')).toMatchObject({
    code: 5,
    log: expect.stringContaining(
      'the templates and the files they insert together are larger than 1 kB (hint: --max-size',
    ),
  })
  expect(
    await runToolWith(tool, ['--template', '${A}'.repeat(50), '--out', 'f', '--max-size', '1k'], { A: 'x'.repeat(99) }),
  ).toMatchObject({ code: 5, log: 'error: cannot render --template: the result is longer than 1000 characters' })
  expect(
    await runToolWith(tool, ['--template', '${A}', '--out', 'f', '--max-size', '1k'], { A: 'é'.repeat(999) }),
  ).toMatchObject({ code: 5, log: expect.stringContaining('the rendered files together are larger than 1 kB') })
})

test.each<[code: number, flags: string, problem: string]>([
  [2, '', '--out (RENDER_TEMPLATE_OUT) is missing'],
  [2, '--out f', '--in or --template is missing'],
  [2, '--out f --in a --template b', '--in and --template exclude each other'],
  [2, '--out ../f --in a', "--out (RENDER_TEMPLATE_OUT) must not contain '..'"],
  [
    2,
    '--out f --in a --only A,b-c',
    "--only (RENDER_TEMPLATE_ONLY) must be the name of a variable or file:PATH, not 'b-c'",
  ],
  [2, '--out f --in a --escape sql', '--escape (RENDER_TEMPLATE_ESCAPE)'],
  [2, '--out f --in a --max-size 12x', '--max-size (RENDER_TEMPLATE_MAX_SIZE)'],
  [2, '--out latin1 --in ./latin1', '--in and --out are the same file: ./latin1'],
  [2, '--out in/out --in in', '--out must not lie in --in: in'],
  [2, '--out in --in in', '--out must not lie in --in: in'],
  [4, '--out f --in none', 'cannot read none: there is no such file'],
  [4, '--out out --in empty', 'empty holds no files (hint: is the right volume mounted there?)'],
  [2, '--out out --in twins', 'twins/a and twins/a.tmpl both make out/a'],
  [5, '--out f --in latin1', 'cannot read latin1: it is not UTF-8 text'],
  [6, '--out f --in in/a', 'cannot write f: there is a folder of that name'],
])('exit %i of %j', async (code, flags, problem) => {
  for (const folder of ['in', 'empty', 'twins', 'f']) mkdirSync(folder)
  writeFileSync('in/a', '')
  for (const name of ['a', 'a.tmpl']) writeFileSync(`twins/${name}`, '')
  writeFileSync('latin1', Buffer.from([0xe9]))
  const before = volumeEntries()
  const ended = await run(flags)
  expect(ended.log).toContain(problem)
  expect(ended.log).not.toContain('\n')
  expect(ended.code).toBe(code)
  expect(volumeEntries()).toEqual(before)
})
