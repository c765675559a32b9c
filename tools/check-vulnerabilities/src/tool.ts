import { defineTool } from '@initbox/core'
import { options } from './options.ts'
import { run } from './run.ts'

export const tool = defineTool({
  name: 'check-vulnerabilities',
  summary: 'refuses to go on when what the application is made of has a known vulnerability',
  examples: [
    ['refuse to start with a package that has a known vulnerability', 'check-vulnerabilities /app/sbom.cdx.json'],
    [
      'only high and critical ones, and only those that an update mends',
      'check-vulnerabilities /app/package-lock.json --severity high --fixed-only',
    ],
    [
      'ask records in a folder instead of osv.dev, with exceptions',
      'check-vulnerabilities dpkg:/rootfs --osv-dir /osv --config /config/exceptions.yaml',
    ],
  ],
  options,
  check: ({ in: inputs, config, osvDir, cache, maxAge }) => {
    const problems: string[] = []
    if (inputs.length === 0 && config === undefined) {
      problems.push('there is nothing to check: name an SBOM, a lock file, or the data base of dpkg or apk')
    }
    if (maxAge !== undefined && osvDir === undefined)
      problems.push('--max-age is for --osv-dir: a service is as new as its answer')
    if (cache !== undefined && osvDir !== undefined) problems.push('--cache is for --osv, not for --osv-dir')
    return problems
  },
  run,
})
