// What the bundle has of the AWS SDK; named by file, since the packages' own index would bring every command.
export { SecretsManagerClient } from '@aws-sdk/client-secrets-manager/dist-es/SecretsManagerClient.js'
export { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager/dist-es/commands/GetSecretValueCommand.js'
export { BatchGetSecretValueCommand } from '@aws-sdk/client-secrets-manager/dist-es/commands/BatchGetSecretValueCommand.js'
export { SSMClient } from '@aws-sdk/client-ssm/dist-es/SSMClient.js'
export { GetParameterCommand } from '@aws-sdk/client-ssm/dist-es/commands/GetParameterCommand.js'
export { GetParametersByPathCommand } from '@aws-sdk/client-ssm/dist-es/commands/GetParametersByPathCommand.js'
