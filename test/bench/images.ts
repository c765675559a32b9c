import { toolNames } from '@initbox/build'
import { images } from '@initbox/images/images'
import { cacheFolder } from '@initbox/engine/cache-folder'
import type { Report } from '@initbox/scripts/bench-report'

/** What a node pulls for each image, against the budgets of their ship.ts. */
export async function bench(): Promise<Report> {
  const rows = await images(toolNames(), {
    cache: cacheFolder('images'),
    say: (line) => process.stderr.write(`${line}\n`),
  })
  return {
    title: 'Image sizes',
    notes: ['Own layer of each image in kB, gzip -9. The base is pulled once by a node that runs several tools.'],
    columns: ['image', 'own layer kB', 'budget kB'],
    rows: rows.map(({ what, size, budget }) => [what, Math.round(size / 100) / 10, budget / 1000]),
  }
}
