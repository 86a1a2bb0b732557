"""Short texts in the manner of investigations, half without places, half with slips to plant.

Written after the rules stood, in two lots: the first showed what was mended, the second was written
when that was done. What was found at first sight stands in docs/lint.md; here both serve as tests.
Places are written as in ``lint_texts.py``.
"""

from typing import Final

INVESTIGATIONS_ONE: Final = (
    """Who bought the ore of Tarsk

Published 14 November 2024

Customs figures of the buyer list nine shipments between January and September 2024, the
smallest of 11,200 tonnes and the largest of 48,750. Four of the nine name no ship. Of the
five that do, two name the OCEAN VELA and one each the LARK, the MIRANDA 7 and the PORT ISAAC.
Satellite images of 3 March, 19 May and 2 September show hulls of 180 to 190 m at the ore
quay; on 19 May there are two.
""",
    """A fleet on paper

The registry of the island lists 41 ships under the address, 17 of them tankers. We wrote to
all 41 owners in June 2023 and again in August; six answered. One of the six said that it had
sold its ship in 2019. Three of the tankers had been photographed at Corran between 2020 and
2022, 250 nautical miles from where they said they were. Insurance papers seen by us run from
20 February 2022 to 20 February 2023.
""",
    """What the tug's log says

The log opens at 05:15 on Monday, 4 March 2024. The tug was ordered to berth 3 for 06:00,
reached it at 05:50 and waited twenty minutes. At 06:10 the first line was ashore. The second
tug, ordered for the same hour, arrived at 07:25, more than an hour late. Both were released
at 08:40. The pilot's card gives a draught of 9.4 m forward and 9.8 m aft.
""",
    """Coal, cement and a crane

Between 2018 and 2022 the port shipped about 2.1 million tonnes of coal, some 420,000 tonnes a
year. The crane that stood at the south quay until the spring of 2021 was sold for €1.2
million; the new one, which lifts 64 tonnes, cost four times as much. Cement comes in from two
plants, one 30 km (19 miles) inland and the other across the bay. In 2022 cement was a third
of what the port handled.
""",
    """Notes on the collision report

The report (12 December 2020) puts the two ships 1.4 nautical miles apart at 22:31 UTC and 0.3
at 22:38. It gives both speeds, 11 and 14 knots. The smaller ship, of 2,990 GT, carried 11
crew; the larger, of 28,400 GT, carried 22. All 33 were taken off by 02:00. The wreck lies in
46 metres of water, 5 miles south of the light.
""",
    """Three companies, one desk

Amber Line Ltd was formed on 6 May 2016, Brightwater Marine SA on 11 May 2016 and Cobalt
Chartering on 30 June of that year. The three share a desk, a telephone and, since 2019, a
director. Between them they have owned 14 ships; no more than five at one time. In the first
half of 2021 they sold four: two in February, one in April and one in June.
""",
    """A tanker with two voyages

Posted 8 October 2023

The STELLA NORD (IMO ⟦9176187⟧9176178⟧imo⟧) loaded 62,000 tonnes at Brannock on 3 July 2023
and reached Kesh on ⟦21 July, 18 days⟧21 July, 28 days⟧interval⟧ later. Its agent declared a
second cargo from Brannock on 5 July, ⟦two days⟧twelve days⟧interval⟧ after the first. The
ship lay at Kesh for ⟦six days, from 21 to 27 July⟧nine days, from 21 to 27 July⟧interval⟧.
⟦Both⟧Three⟧part⟧ of the two bills of lading bear one signature.
""",
    """The quay that grew

In 2015 the quay was 210 metres (⟦690 feet⟧960 feet⟧conversion⟧) long. Images of ⟦14 April
2019⟧31 April 2019⟧impossible⟧ show piles for another 140 metres, and by 2021 it measured
⟦350⟧530⟧sum⟧ metres. Berths were added too: two in 2019, one in 2020 and two in 2021,
⟦five⟧six⟧sum⟧ in all. The port says that 60% of its berths are leased and ⟦40%⟧50%⟧shares⟧
are not. A dredger worked there from ⟦March to June 2020⟧June to March 2020⟧range⟧.
""",
    """Grain by the numbers

Eleven ships carried 385,000 tonnes of grain out of Velm between 1 May and 31 August 2022, on
average ⟦35,000⟧53,000⟧rate⟧ tonnes each. Seven of them sailed to Orla, ⟦four⟧five⟧remainder⟧
to other ports. At $320 a tonne the ⟦385,000 tonnes were worth $123 million⟧385,000 tonnes
were worth $213 million⟧product⟧. Of the eleven, ⟦nine⟧nineteen⟧part⟧ had called at Velm
before. Sowing had been down by a fifth, from 1.5 million hectares to ⟦1.2 million⟧1.4
million⟧percentage⟧.
""",
    """On the beach of breakers

Issued 17 February 2022. The carrier GRAND ⟦HELOISE⟧HELIOSE⟧name⟧ was beached on ⟦Wednesday, 9
February 2022⟧Thursday, 9 February 2022⟧weekday⟧. Brokers had named the GRAND HELOISE among
⟦three⟧four⟧count⟧ ships sold that winter: the Grand Heloise, the Marrow and the Tern. It was
bought for 9.1 million ⟦US dollars⟧US dollars USD⟧currency⟧ in January 2022 and last broadcast
on ⟦7 February 2022⟧7 February 2023⟧future⟧ at 21.42°N ⟦72.20°E⟧272.20°E⟧coordinate⟧.
""",
    """What the buoys heard

The receiver at Skar logged the trawler's MMSI, ⟦257123450⟧25712345⟧mmsi⟧, on 12 nights
between 3 and ⟦30 September 2021⟧30 September 2012⟧year⟧. On ⟦five⟧fifteen⟧part⟧ of the 12
nights it was alone. The trawler was out from 19:30 to ⟦23:30, four hours⟧23:30, six
hours⟧clock⟧, and made ⟦9 knots⟧9 knots an hour⟧unit⟧ on the way home. In all the buoy heard
340 ships, of which 85, or ⟦25%⟧35%⟧percentage⟧, were fishing vessels.
""",
    """Six barges to Lund

The six barges left Harv in turn: on 2, 4, 7, ⟦9⟧19⟧order⟧, 12 and 15 June 2020. Each carried
1,150 tonnes, ⟦6,900⟧9,600⟧product⟧ tonnes together. ⟦Two⟧Seven⟧part⟧ of the six turned back.
The ⟦four⟧five⟧remainder⟧ others reached Lund within ⟦three weeks, by 6 July⟧three weeks, by
26 July⟧interval⟧. The yard paid for 4,600 tonnes and holds receipts for 1,150, 1,150, 1,150
and ⟦1,150⟧1,510⟧sum⟧.
""",
)
"""What they showed was mended."""

INVESTIGATIONS_TWO: Final = (
    """Which ship was at the pier

Published 3 April 2025

The picture of 11 January 2025 shows one hull at the pier, 142 metres long by our measure. Of
the 26 ships that broadcast within sight of it that week, four are between 138 and 146 metres,
and two of the four lay elsewhere at the hour. That leaves two: the KESTREL BAY and the HELGE.
Neither broadcast between 9 and 12 January. We asked both owners on 20 February; one replied,
on 6 March.
""",
    """Seven weeks at anchor

From 2 May to 20 June 2021 the tanker lay at anchor off Cape Rill, seven weeks in all. Its
crew of 19 took on water twice. On 21 June it weighed and steamed 310 nautical miles (574 km)
north at 11 knots, which takes a little over 28 hours. The pilot boarded at 04:30 on 22 June.
Of its 80,000 tonnes about a quarter, 20,000, was put ashore at Ness and the rest, 60,000, at
Orby.
""",
    """A director of many things

By the register of March 2022 he was a director of 12 companies; by that of March 2023, of 31.
Of the 31, nine had been struck off by the summer. Five of the nine owned a ship each. The
ships were renamed on 4 April, 9 April, 2 May, 17 May and 30 June 2023. Three still carry the
old name on the stern, as photographs of 8 and 14 July show.
""",
    """Slag, sand and salt

In 2023 the wharf handled 1.8 million tonnes: 0.9 million of slag, 0.6 million of sand and 0.3
million of salt. Half of it, then, was slag. Sand sells at $14 a tonne and salt at $52. The 45
barges of the slag trade made 900 trips, on average 20 each, with some 1,000 tonnes aboard. A
trip down the canal takes from six to eight hours and costs 30% more in winter.
""",
    """The night of the two lights

At 02:14 on 6 October 2018 the lookout saw two white lights; at 02:20 he saw one. The radar
record has the other ship 2.2 nautical miles off at 02:12, and 0.8 at 02:24. Twelve minutes is
a long time at 14 knots. The court heard eleven witnesses on 14, 15 and 18 February 2019, four
of them by telephone, and decided on Friday, 29 March 2019.
""",
    """What a port bill shows

The bill, of 31 May 2019, is for 3 days at $1,150 a day, $3,450, and for two tugs at $2,300
each, $4,600. With light dues of $710 it comes to $8,760. It names the ship as the Astrid L,
of 6,300 GT, and its agent as North Quay Services. A second bill, for the same three days,
names the Astrid L's sister. Between them the two are some 40% above what other agents asked
in 2019.
""",
    """The loader that stood still

Dated 19 January 2023. Between 4 and 18 November 2022 the loader did not move, ⟦14 days⟧41
days⟧interval⟧ in all. Seven ships waited: five bulk carriers and ⟦two⟧three⟧sum⟧ coasters.
⟦Four⟧Nine⟧part⟧ of the seven left empty. The ⟦three⟧four⟧remainder⟧ others were loaded by
grab. A loader shift is paid from 06:00 to 18:00, ⟦twelve⟧fifteen⟧clock⟧ hours. It ran again
on ⟦Saturday, 19 November 2022⟧Sunday, 19 November 2022⟧weekday⟧.
""",
    """Timber for the island

Nine ships brought 40,500 tonnes of timber to the island in 2020, an average of
⟦4,500⟧5,400⟧rate⟧ tonnes. Of the nine, ⟦six⟧sixteen⟧part⟧ flew one flag. The largest, MARIT K
(IMO ⟦9305556⟧9305565⟧imo⟧), brought 8,100 tonnes, ⟦20%⟧30%⟧percentage⟧ of the whole. It lay
at ⟦57.21°N 3.40°W⟧97.21°N 3.40°W⟧coordinate⟧ on ⟦29 February 2020⟧30 February
2020⟧impossible⟧ and, three days later, on ⟦3 March 2020⟧13 March 2020⟧interval⟧, at the mill.
""",
    """Ballast out, scrap in

The four ports of ⟦Anlo, Birk, Cest and Dorn⟧Anlo, Birk and Dorn⟧count⟧ load scrap. 55% of
their scrap is shredded and ⟦45% is not⟧55% is not⟧shares⟧. Each of ten trains brought
⟦900⟧990⟧product⟧ tonnes, 9,000 tonnes in all. Of 250 wagons inspected, ⟦50, or 20%,⟧50, or
25%,⟧percentage⟧ held something else. The yard is 420 m (⟦1,380 ft⟧1,830 ft⟧conversion⟧) from
the quay. Prices rose from ⟦$300 to $330 a tonne, by 10%⟧$300 to $330 a tonne, by
30%⟧percentage⟧.
""",
    """The ferry nobody sold

Posted 2 December 2019. The ferry's papers say that it was sold on ⟦14 August 2019⟧14 August
2020⟧future⟧ for €4.4 million. It was seen on 3, 8, 12, ⟦19⟧9⟧order⟧, 24 and 30 September 2019
at its old berth; on ⟦two⟧ten⟧part⟧ of the six days with lights on. Its owner, Baltic
⟦Strand⟧Strend⟧name⟧ Lines, says that Baltic Strand Lines sold it ⟦eleven weeks later, on 30
October⟧three weeks later, on 30 October⟧interval⟧. Its MMSI is ⟦265123450⟧26512345⟧mmsi⟧.
""",
    """Thirty tank cars

The siding holds thirty tank cars of 60 cubic metres, ⟦1,800⟧1,080⟧product⟧ cubic metres in
all. On the image of 5 May 2022 we count 18 cars in the north row and 9 in the south row, a
total of ⟦27⟧29⟧sum⟧. The other ⟦three⟧five⟧remainder⟧ of the thirty stood at the depot. Each
car was filled in 45 minutes, from 07:10 to ⟦07:55⟧08:55⟧clock⟧. The train left at ⟦14 km/h⟧14
knots per hour⟧unit⟧ and was gone by 9 May, ⟦four⟧fourteen⟧interval⟧ days later.
""",
    """Cement for two dams

Two dams took 640,000 tonnes of cement: 410,000 for the upper and ⟦230,000⟧320,000⟧sum⟧ for
the lower. At $75 a tonne the 640,000 tonnes cost ⟦$48 million⟧$84 million⟧product⟧. It came
in 128 ships, 5,000 tonnes each. ⟦Sixty⟧One hundred and sixty⟧part⟧ of the 128 ships unloaded
at Aske, and ⟦68⟧86⟧remainder⟧ at Borre. From ⟦2 March 2017 to 8 May 2019⟧2 March 2019 to 8
May 2017⟧range⟧ no other cargo was landed. The fleet's ⟦11⟧41⟧part⟧ newest of its 32 ships
were chartered.
""",
)
"""Written when that was done."""
