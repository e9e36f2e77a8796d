// What a dashboard of Claviger is: Grafana's types, narrowed to the kinds of panels that
// it has, so that the compiler knows the options and field settings of each kind and
// finds those that do not exist. A kind that is not here is an error until it is added.

import type * as grafana from "@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen";
import type * as stat from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type * as stateTimeline from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type * as table from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type * as timeSeries from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

/** As JSON has it: the values of enums in the place of their names. */
type Json<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : never
    : T extends (infer Element)[]
      ? Json<Element>[]
      : T extends object
        ? { [Key in keyof T]: Json<T[Key]> }
        : T;

/** Of Grafana's Prometheus plugin, which the package does not have. */
interface Target {
  refId: string;
  datasource: grafana.DataSourceRef;
  expr: string;
  legendFormat?: string;
  format?: "table";
  instant?: true;
  range?: true;
}

interface Panel<Kind extends string, Options, Custom>
  extends Omit<grafana.Panel, "type" | "options" | "fieldConfig" | "targets"> {
  id: number;
  type: Kind;
  title: string;
  description: string;
  gridPos: grafana.GridPos;
  options: Options;
  fieldConfig: {
    defaults: Omit<grafana.FieldConfig, "custom"> & { custom?: Custom };
    overrides: grafana.FieldConfigSource["overrides"];
  };
  targets: Target[];
}

export type Dashboard = Json<
  Omit<grafana.Dashboard, "panels"> & {
    panels: (
      | grafana.RowPanel
      | Panel<"stat", stat.Options, never>
      | Panel<"state-timeline", stateTimeline.Options, stateTimeline.FieldConfig>
      // All of these have defaults.
      | Panel<"table", table.Options, Partial<table.FieldConfig>>
      | Panel<"timeseries", timeSeries.Options, timeSeries.FieldConfig>
    )[];
  }
>;
