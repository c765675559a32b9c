import { exchange } from './exchange.ts'
import type { Recipe } from './service.ts'

const offer = 'relp_version=0\nrelp_software=initbox\ncommands=syslog'

/** rsyslog as a collector: takes lines by RELP (librelp's relp.html) on port 2514 and prints them as `host tag message`. */
export const rsyslog: Recipe<object> = {
  name: 'rsyslog',
  address: () => ({}),
  isReady: async ({ port }) =>
    /^1 rsp \d+ 200 OK/.test(String(await exchange(port, `1 open ${offer.length} ${offer}\n`))),
}
