import { option } from '@initbox/core'
import { parseSysctl } from './checks/sysctl.ts'
import { parsePattern } from './glob.ts'
import { parseCopy, parseFolder, parseLink, parseOwner, parseProcessors, whens } from './values.ts'

export const options = {
  command: option.command(
    {
      apply: 'Do what differs',
      plan: 'Say what would be done; nothing is changed',
      check: 'Only check what the volume and its node offer',
    },
    { default: 'apply' },
  ),
  config: option.config({ help: 'YAML file with all of it, or the YAML itself; what flags name comes after it' }),
  folder: option.list(
    option.of('path[:mode]', parseFolder)({ help: 'Folder to make, with those on the way: cache or cache:0770' }),
  ),
  copy: option.list(
    option.of(
      'from -> to',
      parseCopy,
    )({ help: "File, folder or pattern of another mount, and where its copy goes: '/config -> conf'" }),
  ),
  when: option.enum(whens, {
    default: 'changed',
    help: 'Copy only what is absent, what differs in size or time, or what differs in any byte',
  }),
  link: option.list(
    option.of('path -> target', parseLink)({ help: "Symbolic link inside the volume: 'current -> releases/1'" }),
  ),
  file: option.list(option.outputPath({ help: 'File that must be there, made empty when it is not' })),
  remove: option.list(
    option.of('pattern', parsePattern)({ help: 'What to remove below the volume: cache/*.tmp, **/*.pid' }),
  ),
  owner: option.of(
    'uid:gid',
    parseOwner,
  )({ help: 'Owner of all that is named here, where this container may change it; fsGroup is the better way' }),
  free: option.bytes({ help: 'Check that so many bytes are free' }),
  inodes: option.integer({ min: 1, help: 'Check that so many files can still be made' }),
  writable: option.boolean({ help: 'Check that this user can write' }),
  tmpfs: option.enum(['yes', 'no'], { help: 'Check that the volume is, or is not, held in memory' }),
  mountOption: option.list(
    option.string({ help: 'Check that the volume is mounted with this option, or without it: noexec, !ro' }),
  ),
  sysctl: option.list(
    option.of(
      'condition',
      parseSysctl,
    )({ help: "Check a kernel setting, which is only read: 'vm.max_map_count>=262144'" }),
  ),
  memory: option.bytes({ help: 'Check that the limit of memory is at least this' }),
  cpus: option.of('processors', parseProcessors)({ help: 'Check that the limit of CPU is at least this: 2 or 500m' }),
}
