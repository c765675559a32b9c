import { jsonSchema } from '@initbox/config'
import { createServer } from 'node:http'
import { type Ship, standIn } from '@initbox/build'

const content = Buffer.from('hello\n')

export const ship: Ship = {
  summary: {
    en: 'downloads, verifies and unpacks files and archives in one pass',
    zh: '一次完成文件和归档的下载、校验与解包',
  },
  packages: ['js-yaml', 'unbzip2-stream', 'undici', 'xz-decompress'],
  replaced: {
    'undici/lib/dispatcher/parser-h1.js': 'tools/fetch-file/src/slim/no-milo.cjs',
    'undici/lib/dispatcher/client-h2.js': 'tools/fetch-file/src/slim/nothing.cjs',
    'undici/lib/llhttp/llhttp-wasm.js': 'tools/fetch-file/src/slim/nothing.cjs',
    'undici/lib/web/fetch/body.js': 'tools/fetch-file/src/slim/nothing.cjs',
    'undici/lib/web/fetch/formdata.js': 'tools/fetch-file/src/slim/nothing.cjs',
    'undici/lib/web/webidl/index.js': 'tools/fetch-file/src/slim/nothing.cjs',
  },
  // Registries, signatures, checksum files and --watch are 28 kB of it, bzip2 and going on with folders 10.
  configSchema: async () => jsonSchema((await import('./src/files/config.ts')).configShape, 'fetch-file --config'),
  layerBudget: 500_000,
  warmUps: [
    {
      label: 'one small file',
      argv: ['hello.txt=http://127.0.0.1:{port}/hello.txt'],
      goal: 3.2,
      server: () => standIn(createServer((_request, response) => response.end(content))),
    },
  ],
}
