import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib'
import { InstanceType, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2'
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'

/** Enough for a million people: docs/scaling.md says what for more. */
const SIZE = 'm7g.large'
const USER = 'rollcall'
const DATABASE = 'rollcall'
const ENGINE = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18_3 })

/**
 * PostgreSQL, one instance with a standby in another zone. Views can be built again from the log, but the journal's order not: cursors
 * last as long as it does, so there are backups and it outlives its stack.
 *
 * `pg_trgm` is an extension that the owner of a database may create: rollcall does. Gateways connect to the instance itself. A proxy
 * would take LISTEN and the settings that connections begin with for reasons to pin every one of them.
 */
export class Views extends Construct {
  readonly instance: DatabaseInstance
  /** Holds postgres://user:secret@host:port/database */
  readonly url: Secret

  constructor(scope: Construct, id: string, vpc: IVpc) {
    super(scope, id)
    const password = new Secret(this, 'Password', {
      generateSecretString: { passwordLength: 40, excludePunctuation: true },
    })
    this.instance = new DatabaseInstance(this, 'Instance', {
      engine: ENGINE,
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      instanceType: new InstanceType(SIZE),
      multiAz: true,
      databaseName: DATABASE,
      credentials: Credentials.fromPassword(USER, password.secretValue),
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine: ENGINE,
        parameters: { 'rds.force_ssl': '1' },
      }),
      storageType: StorageType.GP3,
      storageEncrypted: true,
      allocatedStorage: 100,
      // It grows by itself up to that.
      maxAllocatedStorage: 4_000,
      backupRetention: Duration.days(7),
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      enablePerformanceInsights: true,
      cloudwatchLogsExports: ['postgresql'],
    })
    const { hostname, port } = this.instance.instanceEndpoint
    const address = `postgres://${USER}:${password.secretValue.unsafeUnwrap()}@${hostname}:${port}/${DATABASE}`
    this.url = new Secret(this, 'Url', {
      // CloudFormation puts the password in: the template has a reference to it.
      secretStringValue: SecretValue.unsafePlainText(`${address}?sslmode=verify-full`),
    })
  }
}
