import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseOutputPath } from '../values/relative-path.ts'
import { openDestination } from './destination.ts'

/** The entries of the folder that an output at `path` would go to. */
function entriesBeside(path: string): string[] {
  const { folder } = openDestination(parseOutputPath(path))
  const names = folder.names()
  folder.close()
  return names
}

test.runIf(existsSync('/var/run') && lstatSync('/var/run').isSymbolicLink())(
  '/var/run, a symlink of the image, is followed',
  () => {
    expect(entriesBeside('/var/run/file')).toEqual(readdirSync('/run'))
  },
)

// Only root can make what looks like a symlink of the image.
describe.runIf(process.getuid?.() === 0)('symlinks on an absolute path', () => {
  let image = ''
  beforeEach(() => {
    image = mkdtempSync('/var/lib/initbox-walk-')
    chmodSync(image, 0o755)
    mkdirSync(`${image}/real/deep`, { recursive: true })
    mkdirSync(`${image}/links`)
  })
  afterEach(() => {
    rmSync(image, { recursive: true })
  })

  test.for(['../real', './../links/../real/.', 'real-absolute', '../../../../../../../var/lib/IMAGE/real'])(
    'of the image are followed: %s',
    (target) => {
      const to = target === 'real-absolute' ? `${image}/real` : target.replace('IMAGE', image.slice('/var/lib/'.length))
      symlinkSync(to, `${image}/links/link`)
      expect(entriesBeside(`${image}/links/link/file`)).toEqual(['deep'])
      expect(entriesBeside(`${image}/links/link/deep/file`)).toEqual([])
      symlinkSync('link', `${image}/links/chain`)
      expect(entriesBeside(`${image}/links/chain/made/file`)).toEqual([])
      expect(readdirSync(`${image}/real`).toSorted()).toEqual(['deep', 'made'])
    },
  )

  test.for([0o775, 0o777, 0o1777])('in a folder of mode %o, where others can plant them, are refused', (mode) => {
    symlinkSync('../real', `${image}/links/link`)
    chmodSync(`${image}/links`, mode)
    expect(() => entriesBeside(`${image}/links/link/file`)).toThrow("'link' on the way is a symlink")
  })

  test('below a folder where others can write are refused', () => {
    symlinkSync('../real', `${image}/links/link`)
    chmodSync(image, 0o777)
    expect(() => entriesBeside(`${image}/links/link/file`)).toThrow("'link' on the way is a symlink")
  })

  test('in a circle end', () => {
    symlinkSync('link', `${image}/links/link`)
    expect(() => entriesBeside(`${image}/links/link/file`)).toThrow('too many symlinks on the way')
  })
})
