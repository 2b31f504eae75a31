// Runs dependency-cruiser over src and fails when it saw no module at all
// (it reports success on zero modules when it cannot read TypeScript).
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const options = await extractDepcruiseOptions('./.dependency-cruiser.cjs');
const result = await cruise(
  ['src'],
  { ...options, outputType: 'err' },
  {},
  { tsConfig: extractTSConfig('./tsconfig.json') },
);
process.stdout.write(String(result.output));
const json = await cruise(['src'], { ...options, outputType: 'json' });
const { totalCruised, error } = JSON.parse(json.output).summary;
if (totalCruised === 0) {
  process.stderr.write('check-layers saw 0 modules; is TypeScript pinned to ~6.0?\n');
  process.exit(1);
}
process.exit(error > 0 ? 1 : 0);
