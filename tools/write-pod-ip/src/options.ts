import { option } from '@initbox/core'
import { families } from './address/family.ts'
import { formatNames } from './formats/index.ts'
import { parseHostName } from './formats/hosts.ts'
import { parseOutput } from './output.ts'

export const options = {
  out: option.list(
    option.of(
      '[format:]path',
      parseOutput,
    )({
      required: true,
      help: 'Where to write, below the volume: ip.txt, or with a format of its own json:pod.json; - is stdout',
    }),
  ),
  format: option.enum(formatNames, {
    help: 'Format of each --out that names none; plain, or template when there is one that nothing else uses',
  }),
  template: option.string({
    help: 'Text of the format template, with ${POD_IP}, ${POD_NAME:-none} and the like; in a URL an IPv6 address gets its brackets',
  }),
  templateFile: option.path({ help: 'The same from a file, which may lie in another mount' }),
  family: option.enum(families, {
    default: 'any',
    help: "Which addresses to take: only IPv4, only IPv6, any (the Pod's first one is the IP), or any but IPv6 first",
  }),
  expectDualStack: option.boolean({ help: 'Fail unless the Pod has both an IPv4 and an IPv6 address' }),
  allowLocal: option.boolean({ help: 'Take loopback and link-local addresses too' }),
  fromEnv: option.string({ help: 'Variable that holds the addresses, instead of POD_IP, MY_POD_IP and POD_IPS' }),
  fromFile: option.path({ help: 'File that holds the addresses or will soon; waited for until --timeout' }),
  labels: option.path({ help: 'File of a downwardAPI volume with metadata.labels, to be among the facts' }),
  annotations: option.path({ help: 'File of a downwardAPI volume with metadata.annotations, to be among the facts' }),
  hostName: option.list(
    option.of('name', parseHostName)({ help: "Name in the format hosts; the Pod's name unless given" }),
  ),
  mode: option.mode({ default: '0644', help: 'Permissions of the files' }),
  timeout: option.timeLimit({
    default: '5m',
    help: 'Give up waiting for --from-file after this long; 0 is no limit',
  }),
}
