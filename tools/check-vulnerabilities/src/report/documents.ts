import { version } from '@initbox/core'
import type { Judged } from '../verdict/judge.ts'
import { linkTo, type Scope } from './report.ts'

/** All findings as JSON, for whoever reads them by program. */
export function toJson(judged: readonly Judged[], scope: Scope): string {
  const findings = judged.map(({ finding, judgement, exception }) => ({
    package: finding.component,
    id: finding.id,
    aliases: finding.ids.filter((id) => id !== finding.id),
    severity: finding.severity,
    fixedIn: finding.fixed ?? null,
    summary: finding.summary,
    link: linkTo(finding.record),
    judgement,
    ...(exception !== undefined && {
      exception: { reason: exception.reason, until: new Date(exception.until).toISOString() },
    }),
  }))
  return `${JSON.stringify({ asOf: scope.newest, packages: scope.components, notChecked: scope.unknown, findings }, null, 2)}\n`
}

/** The same as SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), as code hosts show it. */
export function toSarif(judged: readonly Judged[]): string {
  const records = new Map(judged.map(({ finding }) => [finding.id, finding.record]))
  const ids = [...records.keys()]
  const run = {
    tool: {
      driver: {
        name: 'check-vulnerabilities',
        version,
        informationUri: 'https://github.com/initbox/initbox',
        rules: [...records].map(([id, record]) => ({ id, helpUri: linkTo(record) })),
      },
    },
    results: judged.map(({ finding: { component, id, severity, fixed, summary }, judgement }) => ({
      ruleId: id,
      ruleIndex: ids.indexOf(id),
      level: judgement === 'refused' || judgement === 'expired' ? 'error' : 'note',
      message: {
        text: `${component.name} ${component.version}: ${summary || id} (${severity}${fixed === undefined ? '' : `, fixed in ${fixed}`})`,
      },
      locations: [
        {
          logicalLocations: [
            {
              name: component.name,
              fullyQualifiedName: `${component.ecosystem}/${component.name}@${component.version}`,
              kind: 'package',
            },
          ],
        },
      ],
    })),
  }
  return `${JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] }, null, 2)}\n`
}
