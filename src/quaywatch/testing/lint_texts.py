"""Invented texts without slips, each with places where one slip can be planted.

A place is written ``⟦right⟧wrong⟧kind⟧``. The first list was at hand while the linter was made, the
second was written when its rules stood, to score them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SPOT = re.compile(r"⟦(?P<right>[^⟧]*)⟧(?P<wrong>[^⟧]*)⟧(?P<kind>[a-z-]+)⟧")

DEVELOPED_ON: Final = (
    """Three calls in the dark

9 May 2023

The bulk carrier DELTA STAR (IMO ⟦9074729⟧9074792⟧imo⟧) left Ravenna on 12 March 2023 and reported
its position until 15 March. Then, on ⟦19 March 2023⟧19 March 2022⟧year⟧, it was photographed at
the grain quay of Sarat. ⟦Four⟧Nine⟧interval⟧ days later, on 23 March 2023, the Delta Star was
heard again off Cape Lorne, and on 2 April it was back in Ravenna.

Port agents in Sarat counted ⟦three⟧five⟧count⟧ ships that week: the Delta Star, the Orient Pearl
and the Mira. The ⟦Orient⟧Oriant⟧name⟧ Pearl had come from Genoa; the Orient Pearl and the Mira
left together. In all the quay handled 41,000 tonnes, which at $210 per tonne is worth about
⟦$8.6 million⟧$6.8 million⟧product⟧.
""",
    """Harbour notice

Issued on 4 June 2021.

Dredging of the inner basin begins on ⟦Monday, 14 June 2021⟧Tuesday, 14 June 2021⟧weekday⟧ and is
planned to last until 30 June. The basin is closed from 14 June to ⟦18 June 2021, four⟧18 June 2021,
eleven⟧interval⟧ days, and open to small craft after that. ⟦Two⟧Six⟧part⟧ of the four tugs remain on
station. The depth after dredging will be 12 m (⟦39 ft⟧93 ft⟧conversion⟧). Ships may not exceed
6 ⟦knots⟧knots per hour⟧unit⟧ inside the breakwater, which lies at ⟦54.52°N 18.55°E⟧54.52°N
181.55°E⟧coordinate⟧. Calls on VHF channel 12.
""",
    """What a year of images shows

We looked at 96 images of the terminal, of which 72 (⟦75%⟧57%⟧percentage⟧) were clear. They show 14
tankers, 9 bulk carriers and 3 barges, a total of ⟦26⟧28⟧sum⟧ ships. Of the 26 ships, ⟦11⟧31⟧part⟧
of the 26 ships could be named.

| month | ships | tonnes |
|---|---|---|
| January | 8 | 30,000 |
| February | 11 | 42,500 |
| March | 7 | 21,000 |
| Total | 26 | ⟦93,500⟧95,300⟧table⟧ |

The ⟦four⟧five⟧count⟧ ports of Alba, Bellmare, Corin and Dosta received all of it. On ⟦28 February
2022⟧30 February 2022⟧impossible⟧ the last ship of the winter sailed.
""",
    """A collision off the point

On the morning of 7 August 2019 the ferry ANNA KAHN left its berth at 06:40. ⟦Twenty⟧Fifty⟧clock⟧
minutes later, at 07:00, it met the tug ⟦BORAN⟧BOREN⟧name⟧ in fog. The tug BORAN had three men
aboard; the BORAN was towing the barge KESTREL. The BORAN's master saw the ferry at 300 m. The
inquiry heard nine witnesses between ⟦12 August and 16 August⟧16 August 2019 and 12 August
2019⟧range⟧ and reported on 20 September 2019.

The ferry (MMSI ⟦273456780⟧27345678⟧mmsi⟧) has ⟦two⟧three⟧count⟧ sister ships: the Berta Kahn and
the Clara Kahn. It was doing 11 ⟦kn (20 km/h)⟧kn (41 km/h)⟧conversion⟧.
""",
    """# Draft: the winter voyages

The fleet of five ships has made 12 voyages, all except two to
Port Emery. The ⟦10⟧11⟧remainder⟧ voyages to Port Emery carried ore.

- 3 January 2024: departure of the *Halcyon*.
- 9 January 2024: arrival at Port Emery.
- ⟦17 January 2024⟧17 January 2023⟧year⟧: the *Halcyon* sails in ballast.
- 25 January 2024: it loads again.

It had called there before, on 11 November 2022, under another name.

The following ⟦three⟧four⟧count⟧ ships were not seen:

- the Ivory Coast
- the Jubilee
- the Karin Lund
""",
    """Prices and cargoes

In the first quarter of 2020 the mine sold 250,000 tonnes at an average of $62 per tonne, bringing
in ⟦$15.5 million⟧$51.5 million⟧product⟧. A second mine sold 40,000 tonnes under contract. The sale
was agreed on 14 October 2019 and closed on 30 October 2019, ⟦16⟧26⟧interval⟧ days later. By weight
60% went to Asia, 25% to Europe and the remaining ⟦15%⟧25%⟧share⟧ stayed in the country.

Mr. Petrov, who signed, is not the Petrow of the earlier report.
""",
    """Report of the harbour master

Published 2 November 2022

The general cargo ship NORDLAND (IMO: ⟦9125786⟧9125768⟧imo⟧) arrived on 4 October 2022 with timber
and left on 9 October for Oslo. It returned on ⟦21 October 2022⟧21 October 2021⟧year⟧ to load scrap,
and sailed on 27 October 2022. Between the two calls ⟦twelve⟧twenty⟧interval⟧ days passed: it went
out on 9 October and came in on 21 October.

During the month the port saw 31 ships, 17 of them under foreign flag (⟦55%⟧45%⟧percentage⟧).
Fees came to 62,000 euros. The pilots Lindqvist, Berg and ⟦Haugen⟧Haugan⟧name⟧ shared the work;
Haugen took the night watches, and Haugen alone brought in the tankers. Complaints go to Haugen.
""",
    """Coal on the quay

Imagery of 6 September shows the yard nearly empty. A week later, on ⟦13 September⟧23
September⟧interval⟧, two heaps had appeared, and by 2 October a ship was loading. The ship, the
⟦Silver Heron⟧Silver Haron⟧name⟧, is one of six that the company runs. The Silver Heron was built in
2004; the Silver Heron's deadweight is 28,000 tonnes.

Its agent names ⟦three⟧four⟧count⟧ customers (Baltic Fuels, Corvin Trading and Delmar). If each of
the 3 shipments was full, ⟦84,000⟧48,000⟧product⟧ tonnes left the quay, 28,000 tonnes each. The yard
lies at ⟦41°38'N, 41°37'E⟧41°38'N, 41°73'E⟧coordinate⟧.
""",
    """The long way round

On 30 November 2020 the tanker left Fujairah and declared Singapore. It was silent from ⟦5 December
to 12 December 2020, seven⟧5 December to 12 December 2020, seventeen⟧interval⟧ days in all. When it
spoke again, on 12 December 2020 at 04:10 UTC, it was 60 nm (⟦111 km⟧161 km⟧conversion⟧) off Galle.
A patrol aircraft passed at 04:35 UTC, ⟦twenty-five⟧forty-five⟧clock⟧ minutes later, and saw
nothing. It reached Singapore on ⟦19 December 2020⟧19 December 2019⟧year⟧ and was inspected on
21 December 2020.

The tanker, managed from Piraeus, has a gross tonnage of 29,000 and a deadweight of 47,000
⟦tonnes⟧GT⟧unit⟧. It makes about 13 ⟦knots⟧knots an hour⟧unit⟧ when loaded.
""",
    """Minutes, Thursday 11 May 2023

Present were seven of the ⟦nine⟧six⟧part⟧ members. The secretary reported that 48 of 60 returns
(⟦80%⟧70%⟧percentage⟧) had come in. The next meeting is on ⟦Thursday, 8 June 2023⟧Friday, 8 June
2023⟧weekday⟧. The lease of 49 years, signed on 29 September 1999, was discussed. The accounts show
1,200 for rent, 340 for power and 60 for water, ⟦1,600⟧1,900⟧sum⟧ in all.

The ⟦two⟧three⟧count⟧ islands of Hven and Saltö are to be surveyed before the ⟦31st of
August⟧31st of September⟧impossible⟧. The chair, Ms. Ekström, thanked the committee.
""",
    """Trade through the strait

Ministry figures, 14 February 2019

| flag | transits | share |
|---|---|---|
| Panama | 410 | 41% |
| Liberia | 330 | 33% |
| Malta | 260 | 26% |
| Total | ⟦1,000⟧1,100⟧table⟧ | 100% |

Exports of fertiliser reached 1.2 million tonnes at $250 a tonne, a value of ⟦$300 million⟧$3
billion⟧product⟧. The ministry's five inspectors boarded 90 ships, all but four of them at night;
the ⟦86⟧84⟧remainder⟧ ships boarded at night were mostly tankers. Half of the fines, 20% and the
remaining 30% went to three funds.

Between ⟦3 and 9 January 2019⟧9 January 2019 and 3 January 2019⟧range⟧ the strait was closed by ice.
""",
    """Identity of the barge

The barge has broadcast as MMSI ⟦412345670⟧41234567⟧mmsi⟧ since 3 July 2024. Satellite images of
1 July 2024, 5 July 2024 and ⟦8 July 2024⟧8 July 2023⟧year⟧ show it at the same pier, and it was
still there on 12 July 2024. The owner, ⟦Jade Harbor Shipping⟧Jade Harbar Shipping⟧name⟧, bought it
in 2016. Jade Harbor Shipping also owns the MING DA 6 (IMO ⟦1079345⟧1079354⟧imo⟧) and the MING DA 8.
Jade Harbor Shipping did not reply to two letters.

Its ⟦four⟧five⟧count⟧ known ports of call are: Ningde, Putian, Quanzhou and Xiamen. It was sold
⟦two⟧six⟧interval⟧ weeks later, on 26 July 2024.
""",
    """What we know of the six voyages

As of 20 March 2018. Six tankers made 21 voyages from the terminal.

The first sailed on 2 October 2017. ⟦Ten⟧Two⟧interval⟧ days after that, on 12 October, the second
followed. Customs list 5 cargoes of fuel oil, 9 of diesel and 7 of petrol: ⟦21⟧27⟧sum⟧ altogether.
⟦Each tanker carries about 6,000 tonnes.⟧They have a combined deadweight of about 126,000
tonnes.⟧aggregate⟧ Insurers in London covered four of the six. The fourth voyage began on
30 January 2018, a Tuesday, and ended ⟦five⟧fifteen⟧interval⟧ days later, on 4 February 2018.

The terminal, 9 nm (17 km) from the town, belongs to Terminal Verde S.A.; officials of ⟦Terminal
Verde⟧Terminal Verdi⟧name⟧ would not comment, and Terminal Verde's lawyer could not be reached.
""",
)

KEPT_BACK: Final = (
    """Salvage of the trawler

Posted 18 January 2021

The trawler SKARV went down on 22 December 2020 in 40 m of water. Divers first reached it on 29
December, ⟦a week⟧three weeks⟧interval⟧ later, and again on 5 January 2021. On ⟦11 January 2021⟧11
January 2020⟧year⟧ the crane barge arrived; lifting began on 14 January 2021 and took three days.

⟦Three⟧Eight⟧part⟧ of the seven tanks were empty. From the others 14,000 litres were pumped, and
the wreck was brought in at a speed of 4 ⟦knots⟧knots per hour⟧unit⟧. The barge's owner, Tromvik
Marine, sent two tugs; ⟦Tromvik⟧Tromvyk⟧name⟧ Marine also paid for the divers, said a spokesman for
Tromvik Marine on Friday. The diving firm, Nordhav, works mostly for Tromvik Marine.
""",
    """What the terminal handled

In 2016 the terminal loaded 120 ships; in 2017, 150 ships, of which 45 (⟦30%⟧40%⟧percentage⟧) were
tankers. The authority lists ⟦four⟧three⟧count⟧ operators: Ardent, Blue Line, Castor and Delphi.
Ardent moved 310,000 tonnes. Charged at $12 a tonne, that was worth ⟦$3.7 million⟧$7.3
million⟧product⟧ to the port. The new quay is 220 m (⟦722 ft⟧272 ft⟧conversion⟧) long.

| operator | calls |
|---|---|
| Ardent | 61 |
| Blue Line | 44 |
| Castor | 28 |
| Delphi | 17 |
| Sum | ⟦150⟧160⟧table⟧ |

It was opened on ⟦29 February 2016⟧29 February 2017⟧impossible⟧ by the minister.
""",
    """Note to the file, 6 October 2023

The owner of the yacht says that it left Palma on Saturday, 2 September 2023 and reached Cagliari on
⟦Monday, 4 September 2023⟧Wednesday, 4 September 2023⟧weekday⟧. Its AIS was last received at 23:50
on 2 September, and again at 03:20 on 3 September, ⟦three and a half hours later⟧two hours
later⟧clock⟧. Cameras at Cagliari show it on 4 September and 6 September 2023. It then stayed until
⟦19 September 2023⟧19 September 2024⟧year⟧, when the harbour office closed its file.

The yacht, MMSI ⟦224056780⟧2240567800⟧mmsi⟧, was at 38°40'N 6°10'E when last heard, or so it said;
another report of the same hour has ⟦38°41'N 6°12'E⟧38°41'N 6°72'E⟧coordinate⟧. Of twelve messages
all but one were plausible, and the ⟦eleven⟧nine⟧remainder⟧ plausible messages agree on the speed.
""",
    """Ore for the winter

Shipments resumed after the thaw. The Katla carried 18,500 tonnes, the Hekla 21,000 tonnes and the
Askja 16,500 tonnes, for a total of ⟦56,000⟧65,000⟧sum⟧ tonnes. The ⟦three⟧two⟧count⟧ ships Katla,
Hekla and Askja belong to one pool. Between 3 May and ⟦24 May 2022, 21 days⟧24 May 2022, 31
days⟧interval⟧, none of them was heard. The Hekla (IMO ⟦9125786⟧9125736⟧imo⟧) was inspected in
between. A sister of the Hekla, the ⟦Hekla⟧Helka⟧name⟧ II, was sold in 2015, but the Hekla II
and the Hekla still share a manager; records of the Hekla II end in 2020.

Prices had been steady: on 9 May 2022 the ore stood at $96 a tonne, and ⟦two weeks later, on
23 May⟧two weeks later, on 3 June⟧interval⟧, at $98.
""",
    """Questions about the fleet

Eight ships made 40 voyages in the year to June 2022. ⟦The largest has a deadweight of 22,000
tonnes.⟧Their combined tonnage comes to roughly 640,000 tonnes.⟧aggregate⟧ Of the 40 voyages, 22
began at Onega, 11 at Kem and 7 at Belomorsk. The ministry said that 25% of the cargo was pulp, 45%
sawn timber and the other ⟦30%⟧40%⟧share⟧ paper.

The company gave ⟦two⟧four⟧count⟧ reasons (Weather and Repairs). It had said on 12 April 2022 that a
ship would be sold; the sale took place on 2 May 2022, ⟦twenty⟧forty⟧interval⟧ days on. An earlier
sale, on 2 May 2019, fell through. From ⟦1 March 2022 to 31 March 2022⟧31 March 2022 to 1 March
2022⟧range⟧ no ship of the company sailed.
""",
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with one slip."""

    kind: str
    text: str
    line: int
    """Where it stands, counted from 1."""
    wrong: str


def clean(text: str) -> str:
    """A text with every place as it should be.

    Examples:
        >>> clean("It left on ⟦3 May⟧33 May⟧impossible⟧.")
        'It left on 3 May.'

    """
    return _SPOT.sub(lambda m: m["right"], text)


def planted(text: str) -> Iterator[Planted]:
    """The text once for each of its places, with that one slip in it.

    Examples:
        >>> [(p.kind, p.text) for p in planted("It left ⟦on 3 May⟧on 33 May⟧impossible⟧.")]
        [('impossible', 'It left on 33 May.')]

    """
    for spot in _SPOT.finditer(text):
        if spot["right"] == spot["wrong"]:
            continue
        head, tail = clean(text[: spot.start()]), clean(text[spot.end() :])
        line = head.count("\n") + 1
        yield Planted(spot["kind"], head + spot["wrong"] + tail, line, spot["wrong"])
