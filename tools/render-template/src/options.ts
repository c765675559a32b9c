import { option } from '@initbox/core'
import { escapeNames, isReferenceId } from '@initbox/template'

export const options = {
  in: option.path({ help: 'Template, or folder of templates; may lie in another mount, such as a ConfigMap' }),
  template: option.string({ help: 'Text of the template, instead of --in' }),
  out: option.outputOrStdout({
    required: true,
    help: 'File to write, or folder when --in is one; - is stdout',
  }),
  only: option.list(
    option.of(
      'name',
      parseReference,
    )({
      help: 'Render only ${NAME} (or ${file:PATH} as file:PATH) and leave all else as it is, $$ too; comma-separated',
    }),
    { separator: ',' },
  ),
  escape: option.enum(escapeNames, {
    help: "How to escape what is inserted; by the output's name unless given: .html, .json, .yaml, .xml and .properties have their own, all else none",
  }),
  allowDir: option.list(
    option.path({ help: 'Folder outside the volume from which ${file:/its/path} may be read, such as /run/secrets' }),
  ),
  dryRun: option.boolean({ help: 'Render and check all, and write nothing' }),
  mode: option.mode({ default: '0644', help: 'Permissions of the files; a template that is executable stays so' }),
  maxSize: option.bytes({ default: '4Mi', help: 'Most bytes to read, and most to write; all is held in memory' }),
}

function parseReference(text: string): string {
  if (isReferenceId(text)) return text
  throw new Error(`must be the name of a variable or file:PATH, not '${text}'`)
}
