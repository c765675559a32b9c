import { ipFamily } from './ip-family.ts'

/** The addresses that a hosts file (hosts(5)) gives for a name, in the order in which they stand there. */
export function addressesInHosts(file: string, name: string): string[] {
  const wanted = name.toLowerCase()
  return file.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    // The name first: to know an IPv6 address costs milliseconds.
    return names.some((each) => each.toLowerCase() === wanted) && ipFamily(address) !== 0 ? [address] : []
  })
}
