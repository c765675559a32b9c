/** One row of ARCHITECTURE's table: a folder, whether tools may import it, and what it may import itself. */
export type Room = {
  /** `packages/core/`, or `tools/<tool>/` for each of them. */
  readonly folder: string
  readonly ships: boolean
  /** Names of packages, of this workspace or of npm. */
  readonly allowed: ReadonlySet<string>
  /** Set where it may import whatever its package.json declares. */
  readonly declared: boolean
  /** Set where it may import all there is. */
  readonly anything: boolean
}

/** Reads the table; throws where a row allows what stands below it, for so there would be circles. */
export function readRooms(architecture: string): Room[] {
  const rooms: Room[] = []
  for (const [, folder = '', ships, cell = ''] of architecture.matchAll(row)) {
    const above = rooms.filter((room) => room.ships && room.folder.startsWith('packages/')).map(packageOf)
    const words = cell.split(',').map((word) => word.trim())
    const names = words.flatMap((word) => {
      const npm = /^`(.+)`$/.exec(word)?.[1]
      if (npm !== undefined) return npm
      if (word === 'what ships') return above
      if (['', 'anything', 'Node only', 'its own dependencies'].includes(word)) return []
      if (!rooms.map(packageOf).includes(`@initbox/${word}`)) {
        throw new Error(`ARCHITECTURE.md: ${folder} may not import ${word}, which no row above it is`)
      }
      return `@initbox/${word}`
    })
    rooms.push({
      folder,
      ships: ships?.trim() === '✓',
      allowed: new Set(names),
      declared: words.includes('its own dependencies'),
      anything: words.includes('anything'),
    })
  }
  return rooms
}

const row = /^\| `([\w<>/-]+\/)` \|[^|]*\|([^|]*)\|([^|]*)\|$/gm

function packageOf({ folder }: Pick<Room, 'folder'>): string {
  return `@initbox/${folder.replace(/\/$/, '').replace(/^.*\//, '')}`
}

/** The folder of a file as the table has it, and as it is: `tools/<tool>/` and `tools/wait-for/`. */
export function roomOf(file: string, rooms: readonly Room[]): { room: Room; folder: string } | undefined {
  const folder = /^(?:(?:packages|tools)\/)?[^/]+\//.exec(file)?.[0] ?? ''
  const name = folder.startsWith('tools/') ? 'tools/<tool>/' : folder
  const room = rooms.find((each) => each.folder === name)
  return room && { room, folder }
}
