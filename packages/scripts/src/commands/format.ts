import { runBin } from '../program.ts'

process.exitCode = runBin('oxfmt') ? 0 : 1
