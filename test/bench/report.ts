export type { Bench, Report } from '@initbox/scripts/bench-report'
