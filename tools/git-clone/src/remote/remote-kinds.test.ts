import { runToolWith, useVolume } from '@initbox/testing'
import { expect, test } from 'vitest'
import { tool } from '../tool.ts'

useVolume()

test.each(['/srv/no-site.git', 'file:///srv/no-site.git', './no-site', '../no-site.bundle'])(
  '%s is a path of this machine',
  async (repo) => {
    const { code, log } = await runToolWith(tool, [repo])
    expect({ code, log }).toMatchObject({ code: 4, log: expect.stringMatching(/there is no repository .*no-site/) })
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
