// Loads a map file as kepler.gl does, and looks at what came of it.
const assert = require("node:assert");
const fs = require("node:fs");
const {KeplerGlSchema} = require(require.resolve("@kepler.gl/schemas", {paths: [process.cwd()]}));

const [, , path, count] = process.argv;
const file = JSON.parse(fs.readFileSync(path, "utf8"));
const {datasets, config} = KeplerGlSchema.load(file.datasets, file.config);
assert.equal(datasets.length, 1);
const {fields, rows} = datasets[0].data;
assert.equal(rows.length, Number(count));
assert.ok(rows.every(row => row.length === fields.length));
const [layer] = config.visState.layers;
if (layer.type === "hexagonId") {
  const id = fields.findIndex(field => field.name === layer.config.columns.hex_id);
  assert.ok(rows.every(row => /^8[0-9a-f]{14}$/.test(row[id])));
} else {
  // Areas are drawn from their shapes.
  assert.equal(layer.type, "geojson");
  const shape = fields.findIndex(field => field.name === layer.config.columns.geojson);
  assert.equal(fields[shape].type, "geojson");
  assert.ok(rows.every(row => /Polygon$/.test(row[shape].geometry.type) && row[shape].type === "Feature"));
}
const band = fields.findIndex(field => field.name === layer.config.colorField.name);
// Its ordinal scale gives colours to the classes in the order of their names.
const classes = [...new Set(rows.map(row => row[band]))].sort();
const {colorMap, colors} = layer.config.visConfig.colorRange;
assert.deepEqual(colorMap.map(([value]) => value), classes);
assert.equal(colors.length, classes.length);
assert.ok(config.mapState.zoom > 1);
