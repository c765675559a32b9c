import type { Resolver } from 'node:dns'

export const recordTypes = ['A', 'AAAA', 'SRV', 'CNAME', 'TXT', 'MX'] as const
type RecordType = (typeof recordTypes)[number]

/** The answers as text: an address, `host:port` of SRV, the name of CNAME and MX, the whole text of TXT. */
export async function query(
  resolver: Resolver,
  name: string,
  type: RecordType | 'address',
): Promise<readonly string[]> {
  if (type === 'address') {
    const found = await Promise.allSettled([query(resolver, name, 'AAAA'), query(resolver, name, 'A')])
    const answers = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
    const failure = found.find((each) => each.status === 'rejected')
    if (answers.length === 0 && failure !== undefined) throw failure.reason
    return answers
  }
  return new Promise((resolve, reject) => {
    const settle =
      <T>(format: (record: T) => string) =>
      (error: Error | null, records: T[]): void =>
        error === null ? resolve(records.map(format)) : reject(error)
    const same = settle((record: string) => record)
    const ask = {
      A: () => resolver.resolve4(name, same),
      AAAA: () => resolver.resolve6(name, same),
      CNAME: () => resolver.resolveCname(name, same),
      MX: () =>
        resolver.resolveMx(
          name,
          settle(({ exchange }) => exchange),
        ),
      SRV: () =>
        resolver.resolveSrv(
          name,
          settle((srv) => `${srv.name}:${srv.port}`),
        ),
      TXT: () =>
        resolver.resolveTxt(
          name,
          settle((pieces) => pieces.join('')),
        ),
    }
    ask[type]()
  })
}
