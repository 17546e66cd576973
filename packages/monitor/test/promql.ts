/** What a PromQL expression asks for. */
import { parser } from '@prometheus-io/lezer-promql';

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Named by `by`, `without`, `on`, `ignoring` and `group_left`. */
  readonly grouped: readonly string[];
}

/** @throws {SyntaxError} for what Prometheus would not take, and for series that are asked for without a name */
export function parsePromql(source: string): Expression {
  // What Grafana puts in by itself.
  const text = source.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
  const selectors: { metric: string; matchers: Selector['matchers'][number][] }[] = [];
  const grouped: string[] = [];
  const of = ({ from, to }: { readonly from: number; readonly to: number }) => text.slice(from, to);
  parser.parse(text).iterate({
    enter(ref) {
      const { node } = ref;
      if (node.type.isError) throw new SyntaxError(`no PromQL at ${node.from}: ${source}`);
      if (node.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        if (name === null) throw new SyntaxError(`series without a name: ${source}`);
        selectors.push({ metric: of(name), matchers: [] });
      }
      if (node.name === 'UnquotedLabelMatcher') {
        const [label, op, value] = [
          node.getChild('LabelName'),
          node.getChild('MatchOp'),
          node.getChild('StringLiteral'),
        ];
        if (label === null || op === null || value === null) throw new SyntaxError(`a matcher lacks a part: ${source}`);
        selectors.at(-1)?.matchers.push({ label: of(label), op: of(op), value: of(value).slice(1, -1) });
      }
      if (node.name === 'QuotedLabelMatcher') throw new SyntaxError(`a quoted label: ${source}`);
      if (node.name === 'GroupingLabels') grouped.push(...node.getChildren('LabelName').map(of));
    },
  });
  return { selectors, grouped };
}
