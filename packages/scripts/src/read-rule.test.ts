import { expect, test } from 'vitest'
import { forbiddenReads } from './read-rule.ts'

test.each<[string, string, string[]]>([
  ['tools/x/src/run.ts', "import { readFileSync, statSync } from 'node:fs'", ['readFileSync']],
  ['packages/net/src/a.ts', "import {\n  closeSync,\n  openSync as open,\n} from 'node:fs'", ['openSync']],
  ['tools/x/src/run.ts', "import { readFile } from 'node:fs/promises'", ['readFile']],
  ['tools/x/src/run.ts', "import fs from 'node:fs'", ['fs']],
  ['tools/x/src/run.ts', "import * as fs from 'node:fs'", ['* as fs']],
  ['tools/x/src/run.ts', "import { statSync, writeSync } from 'node:fs'", []],
  ['tools/x/src/run.ts', "import type { PathLike } from 'node:fs'", []],
  ['tools/x/src/a.ts', "import { constants, openSync } from 'node:fs'\nopenSync(p, constants.O_NONBLOCK)", []],
  ['tools/x/src/a.ts', "import { constants, readFileSync } from 'node:fs'\nconstants.O_NONBLOCK", ['readFileSync']],
  ['packages/core/src/files/input-file.ts', "import { openSync } from 'node:fs'", []],
])('%s: %s', (file, source, found) => {
  expect(forbiddenReads(file, source)).toEqual(found)
})
