export { runToolWith, type ToolRun } from './tool-run.ts'
export { useVolume, volumeEntries } from './volume.ts'
