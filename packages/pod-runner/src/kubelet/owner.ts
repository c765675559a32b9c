import { stateOf, thisOwner } from '@initbox/core/owner'

/** This program as a text for labels, told from any other that has or had its process id. */
export function currentOwner(): string {
  const { table, pid, start, host } = thisOwner()
  return `${table}-${pid}-${start}-${host}`
}

/** Whether the program that made something has ended; false whenever that can not be known from here. */
export function isGone(owner: string): boolean {
  const [, table, pid, start, host] = /^(\w+)-(\d+)-(\w*)-(\w+)$/.exec(owner) ?? []
  if (table === undefined || start === undefined || host === undefined) return false
  return stateOf({ table, pid: Number(pid), start, host }) === 'dead'
}
