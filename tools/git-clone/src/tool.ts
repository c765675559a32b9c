import { defineTool } from '@initbox/core'
import { commandOf } from './command.ts'
import { options } from './options.ts'
import { problemsOf } from './problems.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'git-clone',
  summary: 'writes one commit of a git repository into the volume',
  examples: [
    ['the files of a branch', 'git-clone https://github.com/owner/site.git --ref main'],
    [
      'one folder of a private repository as the folder html',
      'GIT_CLONE_TOKEN_FILE=/secrets/token git-clone https://github.com/owner/site.git --subpath public --out html',
    ],
    [
      'by ssh, following the branch',
      'GIT_CLONE_SSH_KEY_FILE=/secrets/key git-clone git@github.com:owner/site.git --known-hosts /secrets/known_hosts --watch 30s',
    ],
  ],
  options,
  check: (values) => {
    const { repo, config, ref, expectSha, out, subpath, sparse, commitOut } = values
    const problems = [...problemsOf(values)]
    const command = commandOf(repo)
    if (command.name === 'unknown')
      problems.push('REPO (GIT_CLONE_REPO) is one repository, or probe and what to ask; several are for --config')
    if (command.name === 'clone' && command.repo === undefined && config === undefined)
      problems.push('REPO (GIT_CLONE_REPO) is missing')
    if (config === undefined) return problems
    const others = { REPO: repo[0], '--ref': ref, '--expect-sha': expectSha, '--out': out, '--subpath': subpath }
    const lists = { '--sparse': sparse[0], '--commit-out': commitOut }
    for (const [name, value] of Object.entries({ ...others, ...lists }))
      if (value !== undefined && command.name === 'clone') problems.push(`${name} belongs to a repository of --config`)
    return problems
  },
  run,
})
