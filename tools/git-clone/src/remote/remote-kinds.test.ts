import { runToolWith, useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

test.each(['/srv/site.git', 'file:///srv/site.git', '/srv/site.bundle'])(
  '%s is not read, and that is said',
  async (repo) => {
    const says = expect.stringContaining('is a path of this machine, and only https, http and ssh are spoken')
    expect(await runToolWith(tool, [repo])).toEqual({ code: 2, log: says, output: '' })
  },
)

test.each(['git://host/a', 'ext::sh -c id', 'ftp://host/a', '--upload-pack=id', 'C:\\site'])(
  '%s is refused',
  async (repo) => {
    expect(await runToolWith(tool, [`--repo=${repo}`])).toMatchObject({
      code: 2,
      log: expect.stringContaining('GIT_CLONE_REPO'),
    })
  },
)
