import { jsonSchema } from '@initbox/config'
import type { Ship } from '@initbox/build'

export const ship: Ship = {
  summary: {
    en: 'refuses to go on when what the application is made of has a known vulnerability',
    zh: '当应用所含的软件包存在已知漏洞时，拒绝继续启动',
  },
  packages: [
    '@renovatebot/pep440',
    'ae-cvss-calculator',
    'js-yaml',
    'semver',
    'smol-toml',
    'unbzip2-stream',
    'xz-decompress',
  ],
  configSchema: async () => jsonSchema((await import('./src/run.ts')).configShape, 'check-vulnerabilities --config'),
  layerBudget: 400_000,
  warmUps: [
    {
      label: 'one package, one record',
      argv: ['cyclonedx:bom.json', '--osv-dir', 'osv'],
      files: {
        'bom.json':
          '{"bomFormat":"CycloneDX","components":[{"type":"library","name":"left-pad","purl":"pkg:npm/left-pad@1.3.0"}]}',
        'osv/A-1.json':
          '{"id":"A-1","modified":"2026-01-01T00:00:00Z","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L"}],"affected":[{"package":{"ecosystem":"npm","name":"left-pad"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}',
      },
    },
  ],
}
