import {
  type Alert,
  type AlertFilter,
  type AlertLedger,
  type Asker,
  type OperatorLedger,
  PermanentError,
  performed,
} from '@contact-sync/sync';

/** What people see of alerts and do about them; whatever they do is recorded with who did it. */
export class AlertDesk {
  readonly #alerts: AlertLedger;
  readonly #records: OperatorLedger;

  constructor(alerts: AlertLedger, records: OperatorLedger) {
    this.#alerts = alerts;
    this.#records = records;
  }

  list(filter: AlertFilter = {}): Promise<readonly Alert[]> {
    return this.#alerts.alerts(filter);
  }

  /**
   * Somebody has it in hand: nothing more is told until it is over. The first who says so has it; of one that is over
   * nothing changes.
   *
   * @throws {PermanentError} `NO_SUCH_ALERT`
   */
  acknowledge(alertId: string, asker: Asker): Promise<Alert> {
    return performed(this.#records, asker, {
      kind: 'acknowledge',
      subjects: [`alert:${alertId}`],
      asked: { alert_id: alertId },
      run: async () => there(await this.#alerts.acknowledgeAlert(alertId, asker.by)),
    });
  }

  /**
   * Nothing is sent about it, nor about later ones of its name, for so long.
   *
   * @param minutes 0 ends the silence
   * @throws {PermanentError} `NO_SUCH_ALERT`
   */
  silence(alertId: string, minutes: number, asker: Asker): Promise<Alert> {
    return performed(this.#records, asker, {
      kind: 'silence',
      subjects: [`alert:${alertId}`],
      asked: { alert_id: alertId, minutes },
      run: async () => there(await this.#alerts.silenceAlert(alertId, minutes, asker.by)),
    });
  }
}

function there(alert: Alert | null): Alert {
  if (alert !== null) return alert;
  throw new PermanentError('NO_SUCH_ALERT', 'there is no such alert', {
    advice: 'See `contact-sync alerts list` for those that are open; old ones are forgotten.',
  });
}
