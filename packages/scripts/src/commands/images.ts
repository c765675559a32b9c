import { parseArgs } from 'node:util'
import { refreshLock } from '@initbox/images/base/refresh-lock'
import { compressions, images, pinnedNode, pushImages } from '@initbox/images/images'
import { formatSizes, overBudget } from '@initbox/images/report'
import { cacheFolder } from '@initbox/engine/cache-folder'
import { madeButBad } from '../rings.ts'
import { toolNames } from '@initbox/build'

const usage = `usage: npm run images -- [lock] [TOOL…] [--arch amd64|arm64] [--locked] [--save FILE]
       npm run images -- --push registry.example/team --tag v1 [TOOL…] [--locked] [--compression zstd] [--plain-http]

Builds the base and the tools' images, loads them into Docker when an engine of that architecture answers, and checks their sizes.

  lock           instead: take the current Debian packages into images/base/lock.json
  --arch ARCH    default: the Docker engine's, else this machine's
  --locked       fail when the Debian mirror no longer has a locked version, instead of taking its current one
  --compression  gzip, which everything reads, or zstd, which is smaller and sooner unpacked (containerd 1.5, CRI-O, Podman, Docker 23)
  --save FILE    also write the images as one OCI archive (docker load, skopeo and buildah read it)

exit codes: 0 done, 1 failed, 3 done but over a budget
`

const say = (line: string) => process.stderr.write(`${line}\n`)
const cache = cacheFolder('images')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'string' },
    locked: { type: 'boolean', default: false },
    save: { type: 'string' },
    push: { type: 'string' },
    tag: { type: 'string' },
    compression: { type: 'string', default: 'gzip' },
    'plain-http': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(usage)
else if (positionals[0] === 'lock') await refreshLock(cache, pinnedNode())
else if (values.push !== undefined) {
  if (values.tag === undefined) throw new Error('--push needs --tag (hint: --tag v1)')
  const { push: registry, tag, locked, 'plain-http': plainHttp } = values
  const compression = compressions.find((each) => each === values.compression)
  if (compression === undefined)
    throw new Error(`--compression is ${compressions.join(' or ')}, not '${values.compression}'`)
  const names = positionals.length > 0 ? positionals : toolNames()
  const digests = await pushImages(names, { cache, say, locked }, { registry, tag, plainHttp, compression })
  for (const [name, digest] of digests) process.stdout.write(`${registry}/${name}:${tag}@${digest}\n`)
} else {
  const rows = await images(positionals.length > 0 ? positionals : toolNames(), { ...values, cache, say })
  process.stdout.write(formatSizes(rows))
  for (const sentence of overBudget(rows)) {
    say(`over budget: ${sentence}`)
    process.exitCode = madeButBad
  }
}
