import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'migrate-schema',
  summary: 'applies versioned SQL migrations to PostgreSQL, once, however many Pods start together',
  examples: [
    [
      'apply what is pending in ./migrations',
      'DATABASE_URL=postgres://app@db/shop PGPASSWORD_FILE=/secrets/db migrate-schema',
    ],
    [
      'what would be applied, and what is risky about it',
      'DATABASE_URL=postgres://app@db/shop migrate-schema plan --dir sql',
    ],
    ['take over the history of Flyway', 'DATABASE_URL=postgres://app@db/shop migrate-schema baseline --from flyway'],
  ],
  options,
  check: ({ command, argument, from, fromTable, forget, resumeAt }) => {
    const problems: string[] = []
    const only = (given: boolean, flag: string, ...commands: string[]): void => {
      if (given && !commands.includes(command))
        problems.push(`${flag} is for ${commands.join(', ')}, not for ${command}`)
    }
    only(forget, '--forget', 'repair')
    only(resumeAt !== undefined, '--resume-at', 'repair')
    only(from !== undefined, '--from', 'up', 'plan', 'baseline')
    only(fromTable !== undefined, '--from-table', 'up', 'plan', 'status', 'baseline')
    if (argument !== undefined && !['new', 'baseline', 'repair'].includes(command)) {
      problems.push(`${command} takes no argument, not '${argument}'; it always means all files`)
    }
    if (command === 'new' && argument === undefined) problems.push('new needs a name, such as `new add_users`')
    if (command === 'baseline' && (from === undefined || from === 'none') === (argument === undefined)) {
      problems.push('baseline needs either a version or --from golang-migrate, dbmate, goose or flyway')
    }
    if (forget && argument === undefined) problems.push('--forget needs the version to forget')
    if (forget && resumeAt !== undefined) problems.push('--forget and --resume-at exclude each other')
    return problems
  },
  run,
})
