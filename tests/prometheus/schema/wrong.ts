// Mistakes that the types have to find; the compiler complains of a line without one.

import type { Dashboard } from "./types";

const panel = {
  id: 1,
  type: "timeseries",
  title: "",
  description: "",
  gridPos: { x: 0, y: 0, w: 1, h: 1 },
  options: {
    legend: { calcs: [], displayMode: "list", placement: "bottom", showLegend: true },
    tooltip: { mode: "multi", sort: "desc" },
  },
  fieldConfig: { defaults: {}, overrides: [] },
  targets: [],
} satisfies Dashboard["panels"][number];

export const right: Dashboard["panels"] = [panel];

export const wrong: Dashboard["panels"] = [
  // @ts-expect-error: a kind that is not known
  { ...panel, type: "graph" },
  // @ts-expect-error: a member that does not exist
  { ...panel, span: 4 },
  // @ts-expect-error: a member of an option that does not exist
  { ...panel, options: { ...panel.options, legend: { ...panel.options.legend, show: true } } },
  // @ts-expect-error: a word that is not of the enum
  { ...panel, options: { ...panel.options, tooltip: { mode: "multi", sort: "down" } } },
  // @ts-expect-error: a field setting of another kind
  { ...panel, fieldConfig: { defaults: { custom: { cellOptions: { type: "auto" } } }, overrides: [] } },
  // @ts-expect-error: a threshold of no number
  { ...panel, fieldConfig: { defaults: { thresholds: { mode: "absolute", steps: [{ color: "red", value: "5" }] } }, overrides: [] } },
];

// @ts-expect-error: no version of the schema
export const unversioned: Dashboard = { panels: [] };

// @ts-expect-error: a number that is not of the enum
export const refreshed: Dashboard = { schemaVersion: 42, panels: [], templating: { list: [{ name: "", type: "query", refresh: 7 }] } };
