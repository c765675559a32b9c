import { runTool } from '@initbox/core'
import { tool } from './tool.ts'

void runTool(tool)
