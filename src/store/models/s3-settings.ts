import { WatchkeeperError } from '../../core/errors.ts';
import type { S3BucketOptions } from './s3-bucket.ts';

/** Where models in S3 are, and who asks. */
export type S3Settings = Pick<S3BucketOptions, 'url' | 'keys' | 'region'>;

/** From `WATCHKEEPER_S3_URL` and the variables that other tools for AWS read. @throws CONFIG_MISSING */
export function s3Settings(env: Readonly<Record<string, string | undefined>>): S3Settings {
  const url = env['WATCHKEEPER_S3_URL'];
  const accessKey = env['AWS_ACCESS_KEY_ID'];
  const secretKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  if (!url || !accessKey || !secretKey) {
    throw new WatchkeeperError(
      'CONFIG_MISSING',
      'WATCHKEEPER_MODELS is s3, and its address or its keys are missing.',
      { fix: 'Set WATCHKEEPER_S3_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.' },
    );
  }
  return {
    url,
    keys: { accessKey, secretKey, ...(sessionToken ? { sessionToken } : {}) },
    region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
  };
}
