const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Reads a date as cookies have it (RFC 6265, section 5.1.1), in Unix milliseconds; undefined for anything else. */
export function parseCookieDate(text: string): number | undefined {
  let time: readonly number[] | undefined;
  let day: number | undefined;
  let month: number | undefined;
  let year: number | undefined;
  for (const token of text.split(/[\t -/;-@[-`{-~]+/)) {
    const clock = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D|$)/.exec(token);
    const number = /^(\d{1,4})(?:\D|$)/.exec(token)?.[1];
    if (time === undefined && clock !== null) time = clock.slice(1, 4).map(Number);
    else if (day === undefined && number !== undefined && number.length <= 2) day = Number(number);
    else if (month === undefined && months.includes(token.slice(0, 3).toLowerCase())) {
      month = months.indexOf(token.slice(0, 3).toLowerCase());
    } else if (year === undefined && number !== undefined && number.length !== 3)
      year = fullYear(Number(number), number.length);
  }
  const [hours = 24, minutes = 60, seconds = 60] = time ?? [];
  if (day === undefined || month === undefined || year === undefined) return undefined;
  if (year < 1601 || hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const ms = Date.UTC(year, month, day, hours, minutes, seconds);
  // The 31st of February is no date, and must not become the 3rd of March.
  return day >= 1 && new Date(ms).getUTCDate() === day ? ms : undefined;
}

/** Two digits mean 1970 to 2069. */
function fullYear(year: number, digits: number): number {
  if (digits > 2) return year;
  return year >= 70 ? year + 1900 : year + 2000;
}
