"""Registers and lists of every layout, written here as their publishers lay them out."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quaywatch.errors import (
    QuaywatchError,
    RegisterFormatError,
    SourceEmptyError,
    SourceTruncatedError,
)
from quaywatch.evidence.record import Observation
from quaywatch.vessels.register import PERSON, VESSEL, RegisterEntry, Rejected
from quaywatch.vessels.register_claims import records_of_entry
from quaywatch.vessels.register_columns import Mapped, mapping_of
from quaywatch.vessels.register_read import Register, open_register

ONE, TWO, THREE = "9000003", "9000015", "9000027"
"""Well-formed IMO numbers that no ship here bears."""

OFAC = (
    f'1,"HAE SONG","vessel","DPRK4] [NPWMD",-0- ,"HMAA","General Cargo","7,450","5,100",'
    f'"North Korea",-0- ,"Former Vessel Flag Cambodia; alt. Former Vessel Flag None Identified; '
    f"Vessel Registration Identification IMO {ONE}; MMSI 445000001; f.k.a. 'OLD SEA'; "
    'Linked To: SEA (A; B) CO., LTD."\n'
    '2,"SEA (A; B) CO., LTD.",-0- ,"DPRK4",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"Linked To: DOE, John."\n'
    '3,"DOE, John","individual","DPRK4",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1970."\n'
    f'4,"NUMBERLESS","vessel","DPRK4",-0- ,-0- ,-0- ,-0- ,-0- ,"None Identified","Doe Shipping",'
    f'"Vessel Registration Identification {TWO}."\n'
    "\x1a\n"
)
ALT = '1,77,"aka","HAESONG NO 1","-0- "\n'

SDN_XML = f"""<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="http://tempuri.org/sdnList.xsd">
  <publshInformation><Publish_Date>01/27/2023</Publish_Date></publshInformation>
  <sdnEntry><uid>1</uid><lastName>HAE SONG</lastName><sdnType>Vessel</sdnType>
    <programList><program>DPRK4</program></programList>
    <idList><id><uid>9</uid><idType>Vessel Registration Identification</idType>
      <idNumber>IMO {ONE}</idNumber></id>
      <id><uid>10</uid><idType>MMSI</idType><idNumber>445000001</idNumber></id></idList>
    <akaList><aka><uid>5</uid><type>f.k.a.</type><category>strong</category>
      <lastName>OLD SEA</lastName></aka></akaList>
    <vesselInfo><callSign>HMAA</callSign><vesselType>General Cargo</vesselType>
      <vesselFlag>North Korea</vesselFlag><tonnage>7,450</tonnage>
      <grossRegisteredTonnage>5100</grossRegisteredTonnage></vesselInfo></sdnEntry>
  <sdnEntry><uid>3</uid><lastName>DOE</lastName><firstName>John</firstName>
    <sdnType>Individual</sdnType></sdnEntry>
</sdnList>"""

ADVANCED = f"""<?xml version="1.0" encoding="utf-8"?>
<Sanctions xmlns="http://www.un.org/sanctions/1.0">
 <DateOfIssue CalendarTypeID="1"><Year>2024</Year><Month>3</Month><Day>5</Day></DateOfIssue>
 <ReferenceValueSets>
  <AliasTypeValues><AliasType ID="1400">A.K.A.</AliasType><AliasType ID="1401">F.K.A.</AliasType>
   <AliasType ID="1403">Name</AliasType></AliasTypeValues>
  <CountryValues><Country ID="7">Cambodia</Country></CountryValues>
  <FeatureTypeValues><FeatureType ID="1">VESSEL CALL SIGN</FeatureType>
   <FeatureType ID="3">VESSEL FLAG</FeatureType><FeatureType ID="5">VESSEL TONNAGE</FeatureType>
   <FeatureType ID="104">Former Vessel Flag</FeatureType></FeatureTypeValues>
  <IDRegDocTypeValues><IDRegDocType ID="1626">Vessel Registration Identification</IDRegDocType>
  </IDRegDocTypeValues>
  <ListValues><List ID="1550">SDN List</List></ListValues>
  <PartySubTypeValues><PartySubType ID="1">Vessel</PartySubType>
   <PartySubType ID="3">Unknown</PartySubType><PartySubType ID="4">Individual</PartySubType>
  </PartySubTypeValues>
  <RelationTypeValues><RelationType ID="92">Owned or Controlled By</RelationType>
  </RelationTypeValues>
  <SanctionsTypeValues><SanctionsType ID="1">Program</SanctionsType></SanctionsTypeValues>
  <DetailReferenceValues><DetailReference ID="5">North Korea</DetailReference>
  </DetailReferenceValues>
 </ReferenceValueSets>
 <Locations><Location ID="70"><LocationCountry CountryID="7"/></Location></Locations>
 <IDRegDocuments><IDRegDocument ID="8" IDRegDocTypeID="1626" IdentityID="11">
  <IDRegistrationNo>IMO {ONE}</IDRegistrationNo></IDRegDocument></IDRegDocuments>
 <DistinctParties>
  <DistinctParty FixedRef="1"><Profile ID="1" PartySubTypeID="1">
   <Identity ID="11" Primary="true">
    <Alias FixedRef="1" AliasTypeID="1401" Primary="false" LowQuality="false">
     <DocumentedName><DocumentedNamePart><NamePartValue>OLD SEA</NamePartValue>
     </DocumentedNamePart></DocumentedName></Alias>
    <Alias FixedRef="1" AliasTypeID="1403" Primary="true" LowQuality="false">
     <DocumentedName><DocumentedNamePart><NamePartValue>HAE SONG</NamePartValue>
     </DocumentedNamePart></DocumentedName></Alias></Identity>
   <Feature FeatureTypeID="3"><FeatureVersion><VersionDetail DetailReferenceID="5"/>
   </FeatureVersion></Feature>
   <Feature FeatureTypeID="104"><FeatureVersion><VersionLocation LocationID="70"/>
   </FeatureVersion></Feature>
   <Feature FeatureTypeID="5"><FeatureVersion><VersionDetail>7,450</VersionDetail>
   </FeatureVersion></Feature></Profile></DistinctParty>
  <DistinctParty FixedRef="2"><Profile ID="2" PartySubTypeID="3">
   <Identity ID="12"><Alias AliasTypeID="1403" Primary="true"><DocumentedName>
    <DocumentedNamePart><NamePartValue>SEA CO</NamePartValue></DocumentedNamePart>
   </DocumentedName></Alias></Identity><Feature FeatureTypeID="1"/></Profile></DistinctParty>
  <DistinctParty FixedRef="3"><Profile ID="3" PartySubTypeID="4">
   <Identity ID="13"><Alias AliasTypeID="1403" Primary="true"><DocumentedName>
    <DocumentedNamePart><NamePartValue>John DOE</NamePartValue></DocumentedNamePart>
   </DocumentedName></Alias></Identity></Profile></DistinctParty>
 </DistinctParties>
 <ProfileRelationships>
  <ProfileRelationship From-ProfileID="1" To-ProfileID="2" RelationTypeID="92"/>
  <ProfileRelationship From-ProfileID="1" To-ProfileID="3" RelationTypeID="92"/>
 </ProfileRelationships>
 <SanctionsEntries><SanctionsEntry ID="1" ProfileID="1" ListID="1550">
  <EntryEvent><Date><Year>2018</Year><Month>2</Month><Day>23</Day></Date></EntryEvent>
  <SanctionsMeasure SanctionsTypeID="1"><Comment>DPRK4</Comment></SanctionsMeasure>
 </SanctionsEntry></SanctionsEntries>
</Sanctions>"""

UN = f"""<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2025-06-01T08:00:00Z">
 <INDIVIDUALS><INDIVIDUAL><DATAID>5</DATAID><FIRST_NAME>JOHN</FIRST_NAME></INDIVIDUAL></INDIVIDUALS>
 <ENTITIES>
  <ENTITY><DATAID>6</DATAID><FIRST_NAME>SEA COMPANY</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
   <REFERENCE_NUMBER>KPe.999</REFERENCE_NUMBER><LISTED_ON>2014-07-28</LISTED_ON>
   <COMMENTS1>Operates the vessel HAE SONG (IMO: {ONE}).</COMMENTS1>
   <ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>海公司</ALIAS_NAME></ENTITY_ALIAS>
   <ENTITY_ADDRESS>
    <COUNTRY>Democratic People's Republic of Korea</COUNTRY></ENTITY_ADDRESS></ENTITY>
  <ENTITY><DATAID>7</DATAID><FIRST_NAME>HAE SONG</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
   <LISTED_ON>2018-03-30</LISTED_ON><COMMENTS1>Vessel; IMO number: {ONE}</COMMENTS1></ENTITY>
 </ENTITIES>
</CONSOLIDATED_LIST>"""

FSF_XML = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2025-02-03T09:00:00.000+01:00">
 <sanctionEntity designationDate="2016-03-02" euReferenceNumber="EU.1.2" logicalId="13">
  <remark>A shipping company.</remark>
  <regulation programme="PRK" numberTitle="2016/315 (OJ L60)" entryIntoForceDate="2016-03-05"/>
  <subjectType code="enterprise" classificationCode="E"/>
  <nameAlias wholeName="SEA COMPANY" strong="true"/><nameAlias wholeName="S.C." strong="false"/>
  <identification number="1790183" identificationTypeCode="imo"/></sanctionEntity>
 <sanctionEntity logicalId="14"><subjectType code="person" classificationCode="P"/>
  <nameAlias wholeName="John Doe"/></sanctionEntity>
</export>"""

FSF_CSV = (
    "\ufefffileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;"
    "Entity_Regulation_Programme;NameAlias_WholeName;Identification_Number;Identification_TypeCode\n"
    "2025-02-03;13;EU.1.2;E;PRK;SEA COMPANY;;\n2025-02-03;13;EU.1.2;E;;S.C.;;\n"
    "2025-02-03;13;EU.1.2;E;;;1790183;imo\n2025-02-03;14;EU.1.3;P;PRK;John Doe;;\n"
)

EU_ACT = (
    "celex,recordId,programKey,annex,measure,startDate,reason,schema,name,alias,previousName,"
    "imoNumber,mmsi,flag,registrationNumber,nationality,birthDate,notes\n"
    f"32017R1509,,EU-PRK,XIV.B,Transportation restrictions,22.10.2018,,Vessel,SHANG (ex SHUNK),"
    f'"""A; B""; C",,{ONE},,Cameroon,,,,\n'
    "32017R1509,7,EU-PRK,XIII.B,Asset freeze,28.7.2014,A ship owner,LegalEntity,"
    "SEA CO,,,,,,1790183,,,\n"
    "32017R1509,8,EU-PRK,XIII.A,Asset freeze,1.1.2016,,Person,John Doe,,,,,,,,1.1.1970,\n"
    "32017R1509,,EU-PRK,XIV.B,Transportation restrictions,30.2.2018,,Vessel,NO NUMBER,,,"
    "Does not exist,412000001,,,,,\n"
)

FTM = [
    {"id": "v", "schema": "Vessel", "last_seen": "2025-04-01T00:00:00", "datasets": ["d"],
     "properties": {"name": ["HAE SONG"], "alias": ["海星"], "imoNumber": [f"IMO{ONE}"],
                    "flag": ["kp"], "pastFlags": ["kh"], "deadweightTonnage": ["7450"],
                    "callSign": ["HMAA"]}},
    {"id": "o", "schema": "Ownership", "properties": {
        "owner": ["c"], "asset": ["v"], "role": ["Registered owner"], "startDate": ["2015-02"]}},
    {"id": "p", "schema": "Ownership", "properties": {"owner": ["q"], "asset": ["v"]}},
    {"id": "u", "schema": "UnknownLink", "properties": {
        "subject": ["c"], "object": ["e"], "role": ["operated by"]}},
    {"id": "far", "schema": "Ownership", "properties": {"owner": ["x"], "asset": ["y"]}},
    {"id": "s", "schema": "Sanction", "datasets": ["un_sc"], "properties": {
        "entity": ["v"], "authority": ["UN"], "programId": ["UN-PRK"], "startDate": ["2018-03-30"],
        "reason": ["as the list puts it"]}},
    {"id": "c", "schema": "Company", "properties": {"name": ["SEA CO"], "country": ["hk"]}},
    {"id": "e", "schema": "Company", "properties": {"name": ["OPERATOR LTD"]}},
    {"id": "x", "schema": "Company", "properties": {"name": ["FAR FROM ANY SHIP"]}},
    {"id": "q", "schema": "Person", "properties": {"name": ["John Doe"], "birthDate": ["1970"]}},
]  # fmt: skip
STATEMENTS = (
    "canonical_id,entity_id,schema,prop,value,dataset,first_seen,last_seen,id\n"
    + "".join(
        f"v,v1,Vessel,{prop},{value},d,2024-01-01T00:00:00,2025-04-01T00:00:00,{n}\n"
        for n, (prop, value) in enumerate(
            [("id", "x"), ("name", "HAE SONG"), ("imoNumber", ONE), ("flag", "kp")]
        )
    )
    + "c,c1,Company,name,SEA CO,d,2024-01-01,2025-03-01,9\n"
)
MARITIME = (
    "type,caption,imo,risk,countries,flag,mmsi,id,url,datasets,aliases\n"
    f"VESSEL,HAE SONG,IMO{ONE},sanction,kp,kp,445000001,NK-1,https://example.org,un_sc;us_ofac_sdn,A;B\n"
    f"VESSEL,WATCHED,IMO{TWO},mare.detained,pa,pa,,NK-2,https://example.org,paris_mou,\n"
    "ORGANIZATION,SEA CO,IMO1790183,sanction,hk,,,NK-3,https://example.org,un_sc,\n"
)
TARGETS = (
    "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,"
    "program_ids,dataset,first_seen,last_seen,last_change\n"
    f"NK-1,Vessel,HAE SONG,,,kp,,IMO{ONE};445000001;X-9,Reciprocal,,,UN-PRK,UN SC,"
    "2023-01-01,2025-04-01,\n"
    "NK-2,Person,John Doe,,1970,us,,,x,,,,UN SC,2023-01-01,2025-04-02,\n"
)


def read(
    folder: Path, name: str, text: str | bytes, **told: object
) -> tuple[Register, list[object]]:
    """A file of that name and content, and its items."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    register = open_register(path, name=name, **told)  # type: ignore[arg-type]
    return register, list(register.entries())


def entries(items: list[object]) -> dict[str, RegisterEntry]:
    """Entries by their first name."""
    found = [item for item in items if isinstance(item, RegisterEntry)]
    return {one.names[0].text: one for one in found}


def refused(items: list[object]) -> Counter[str]:
    """Codes of what was left out."""
    return Counter(item.code for item in items if isinstance(item, Rejected))


def test_ofac_delimited_with_other_names_beside(tmp_path: Path) -> None:
    """The list most is decided by: whoever misreads its remarks loses numbers, flags and owners."""
    beside = tmp_path / "alt.csv"
    beside.write_text(ALT)
    register, items = read(tmp_path, "sdn.csv", OFAC, beside={"alt": beside})
    found = entries(items)
    ship = found["HAE SONG"]
    assert register.snapshot.format == "ofac-sdn-csv"
    assert register.snapshot.day is None
    assert [(n.text, n.kind) for n in ship.names] == [
        ("HAE SONG", "name"), ("OLD SEA", "former"), ("HAESONG NO 1", "alias"),
    ]  # fmt: skip
    assert [(f.country, f.kind) for f in ship.flags] == [
        ("KP", "stated"), ("KH", "former"), (None, "former"),
    ]  # fmt: skip
    assert {(i.kind, i.value) for i in ship.identifiers} == {
        ("callsign", "HMAA"), ("imo", ONE), ("mmsi", "445000001"),
    }  # fmt: skip
    assert [(p.role, p.name, p.entry_id) for p in ship.parties] == [
        ("linked", "SEA (A; B) CO., LTD", "2")
    ]
    assert (ship.particulars.deadweight_t, ship.particulars.gross_tonnage) == (7450, 5100)
    assert ship.listings[0].programme == "DPRK4; NPWMD"
    assert refused(items) == {"person": 1}


def test_a_natural_person_leaves_an_id_and_nothing_else(tmp_path: Path) -> None:
    """Names of people have no place here, and they hide in links as well as in entries."""
    _, items = read(tmp_path, "sdn.csv", OFAC)
    (party,) = entries(items)["SEA (A; B) CO., LTD."].parties
    assert (party.person, party.name, party.entry_id) == (True, None, "3")
    assert "DOE" not in repr(items).upper().replace("DOE SHIPPING", "")


def test_a_number_without_its_word_is_no_imo_number(tmp_path: Path) -> None:
    """A registration number may look like one: a ship joined by it may be another ship."""
    _, items = read(tmp_path, "sdn.csv", OFAC)
    ship = entries(items)["NUMBERLESS"]
    assert ship.first("imo") is None
    assert ship.first("official-number") is not None
    assert "without the word IMO" in ship.notes[0]
    assert ship.flags[0].kind == "none-identified"


@pytest.mark.parametrize(
    ("name", "text", "day"),
    [("SDN.XML", SDN_XML, "2023-01-27"), ("SDN_ADVANCED.XML", ADVANCED, "2024-03-05")],
    ids=["plain", "advanced"],
)
def test_ofac_xml_says_what_the_delimited_list_says(
    tmp_path: Path, name: str, text: str, day: str
) -> None:
    """Who takes the list in another form must not get another ship."""
    register, items = read(tmp_path, name, text)
    ship = entries(items)["HAE SONG"]
    imo = ship.first("imo")
    assert register.snapshot.day == day
    assert imo is not None
    assert (imo.value, imo.well_formed) == (ONE, True)
    assert ("OLD SEA", "former") in {(n.text, n.kind) for n in ship.names}
    assert ship.flags[0].country == "KP"
    assert ship.particulars.deadweight_t == 7450
    assert ship.listings[0].programme == "DPRK4"
    assert refused(items) == {"person": 1}
    assert "John" not in repr(items)


def test_advanced_xml_tells_relations_and_dates(tmp_path: Path) -> None:
    """Only this form says since when a ship is listed and what ties it to its company."""
    _, items = read(tmp_path, "a.xml", ADVANCED)
    ship = entries(items)["HAE SONG"]
    assert ship.listings[0].listed_on == "2018-02-23"
    assert ("KH", "former") in {(f.country, f.kind) for f in ship.flags}
    assert [(p.role, p.name, p.person) for p in ship.parties] == [
        ("linked", "SEA CO", False), ("linked", None, True),
    ]  # fmt: skip


def test_un_entities_and_the_ship_among_them(tmp_path: Path) -> None:
    """A company whose comments name a ship's number is not that ship."""
    register, items = read(tmp_path, "consolidated.xml", UN)
    found = entries(items)
    assert register.snapshot.day == "2025-06-01"
    assert found["SEA COMPANY"].schema == "LegalEntity"
    assert found["SEA COMPANY"].identifiers == ()
    assert found["SEA COMPANY"].countries == ("KP",)
    assert found["HAE SONG"].schema == VESSEL
    assert found["HAE SONG"].listings[0].listed_on == "2018-03-30"
    assert refused(items) == {"person": 1}


@pytest.mark.parametrize(
    ("name", "text"), [("fsf.xml", FSF_XML), ("fsf.csv", FSF_CSV)], ids=["xml", "csv"]
)
def test_eu_consolidated_list_in_both_forms(tmp_path: Path, name: str, text: str) -> None:
    """Its rows are pieces: a company must come out once, with all of its names and its number."""
    register, items = read(tmp_path, name, text)
    company = entries(items)["SEA COMPANY"]
    assert register.snapshot.day == "2025-02-03"
    assert [n.text for n in company.names] == ["SEA COMPANY", "S.C."]
    assert company.listings[0].programme == "PRK"
    number = company.first("company-imo")
    assert number is not None
    assert number.well_formed
    assert refused(items) == {"person": 1}


def test_eu_annexes(tmp_path: Path) -> None:
    """Cells hold several values, some quoted; a date that no calendar has is said, not mended."""
    _, items = read(tmp_path, "32017R1509.csv.gz", gzip.compress(EU_ACT.encode()))
    found = entries(items)
    ship, other = found["SHANG"], found["NO NUMBER"]
    assert [(n.text, n.kind) for n in ship.names] == [
        ("SHANG", "name"), ("SHUNK", "former"), ("A; B", "alias"), ("C", "alias"),
    ]  # fmt: skip
    assert ship.listings[0].list_key == "eu/32017R1509"
    assert ship.listings[0].listed_on == "2018-10-22"
    assert ship.flags[0].country == "CM"
    assert other.listings[0].listed_on is None
    assert other.notes == ("Date not read: 30.2.2018", "IMO number as printed: Does not exist")
    company = found["SEA CO"].first("company-imo")
    assert company is not None
    assert company.value == "1790183"
    assert refused(items) == {"person": 1}


def test_ftm_keeps_what_hangs_together_with_a_ship(tmp_path: Path) -> None:
    """A file of everything is read for its ships; people stay ids, strangers stay out."""
    text = "\n".join(json.dumps(one) for one in FTM) + "\nnot json\n"
    register, items = read(tmp_path, "entities.ftm.json", text)
    found = entries(items)
    ship = found["HAE SONG"]
    assert register.snapshot.day == "2025-04-01"
    assert set(found) == {"HAE SONG", "SEA CO", "OPERATOR LTD"}
    assert {(p.role, p.name, p.person, p.start) for p in ship.parties} == {
        ("registered-owner", "SEA CO", False, "2015-02"), ("owner", None, True, None),
    }  # fmt: skip
    assert {(p.role, p.name) for p in found["SEA CO"].parties} == {("operator", "OPERATOR LTD")}
    assert ship.listings[0].list_key == "ftm/un_sc"
    assert ship.listings[0].reason == "as the list puts it"
    assert ship.particulars.deadweight_t == 7450
    assert [(f.country, f.kind) for f in ship.flags] == [("KP", "stated"), ("KH", "former")]
    assert "John" not in repr(items)
    assert refused(items) == {"not-json": 1}


def test_ftm_statements(tmp_path: Path) -> None:
    """The same ship, said statement by statement, is the same ship."""
    register, items = read(tmp_path, "statements.csv", STATEMENTS)
    ship = entries(items)["HAE SONG"]
    assert register.snapshot.day == "2025-04-01"
    assert ship.flags[0].country == "KP"
    assert set(entries(items)) == {"HAE SONG"}


def test_opensanctions_tables(tmp_path: Path) -> None:
    """Being watched is no designation; a number is taken for an IMO number only if it says so."""
    _, items = read(tmp_path, "maritime.csv", MARITIME)
    found = entries(items)
    assert [one.list_key for one in found["HAE SONG"].listings] == [
        "opensanctions/un_sc", "opensanctions/us_ofac_sdn",
    ]  # fmt: skip
    assert found["WATCHED"].listings == ()
    assert found["SEA CO"].schema == "Organization"
    register, items = read(tmp_path, "targets.simple.csv", TARGETS)
    ship = entries(items)["HAE SONG"]
    assert register.snapshot.day == "2025-04-02"
    assert {(i.kind, i.value) for i in ship.identifiers} == {
        ("imo", ONE), ("mmsi", "445000001"), ("other", "X-9"),
    }  # fmt: skip
    assert refused(items) == {"person": 1}


def test_a_table_is_read_by_its_header_and_says_what_it_guessed(tmp_path: Path) -> None:
    """Registers come in any layout; a wrong guess that nobody is told of would be believed."""
    text = (
        "Register of ships\n\n"
        "IMO No.;Vessel Name;Ex-names;Flag;Flag since;Reg. Owner;Owner IMO;Operator;DWT (t);LOA;"
        "Breadth;Built;Colour\n"
        f"{ONE};ÉTOILE;OLD|OLDER;Panama (PAN);01.02.2019;SEA CO;1790183;RUN LTD;"
        "7 450,5;110,2;17;2004;red\n"
        f"{ONE[:-1]}9;WRONG DIGIT;;Atlantis;;Mr. John Doe;;;;;;;\n"
        ";;;;;;;;;;;;x\n"
        "only-one\n"
    )
    stated = {
        "columns": {"Reg. Owner": "registered-owner", "Owner IMO": "registered-owner.imo"},
        "separator": "|",
        "list": {"key": "register/x", "name": "X", "day": "2024-05"},
    }
    register, items = read(tmp_path, "x.csv", text.encode("cp1252"), mapped=mapping_of(stated))
    ship, other = entries(items)["ÉTOILE"], entries(items)["WRONG DIGIT"]
    told = " ".join(register.snapshot.told)
    assert register.snapshot.day == "2024-05"
    assert "Windows-1252" in told
    assert "'Vessel Name' is taken for name" in told
    assert "'Colour'" in told
    assert ship.particulars.deadweight_t == 7450.5
    assert (ship.particulars.length_m, ship.particulars.beam_m) == (110.2, 17)
    assert ship.particulars.built == "2004"
    assert [(f.country, f.start) for f in ship.flags] == [("PA", "2019-02-01")]
    assert {(p.role, p.name, p.company_imo) for p in ship.parties} == {
        ("registered-owner", "SEA CO", "1790183"), ("operator", "RUN LTD", None),
    }  # fmt: skip
    assert [n.text for n in ship.names] == ["ÉTOILE", "OLD", "OLDER"]
    assert ship.listings == ()
    imo = other.first("imo")
    assert imo is not None
    assert not imo.well_formed
    assert other.flags[0].country is None
    assert other.parties[0].person
    assert other.parties[0].name is None
    assert refused(items) == {"no-name-no-number": 1, "columns": 1}


def test_a_cell_may_run_over_lines(tmp_path: Path) -> None:
    """Spreadsheets break lines inside cells; a row counted twice would be a second ship."""
    text = f'imo,name,programme\n{ONE},"HAE\nSONG","A\nB"\n{TWO},NEXT,C\n'
    _, items = read(tmp_path, "x.csv", text)
    assert set(entries(items)) == {"HAE SONG", "NEXT"}
    assert entries(items)["HAE SONG"].listings[0].programme == "A B"


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("a.csv", b"", SourceEmptyError),
        ("a.csv", b"colour,size\nred,4\n", RegisterFormatError),
        ("a.xml", b"<html><body/></html>", RegisterFormatError),
        ("a.xml", b"<sdnList><sdnEntry>", SourceTruncatedError),
        ("a.json", b'{"ships": []}', RegisterFormatError),
        ("a.csv", f'imo,name\n{ONE},"HAE SONG\n{TWO},NEXT\n'.encode(), SourceTruncatedError),
        ("a.csv", f"imo,name,flag\n{ONE},HAE SONG,KP\n{TWO},NE".encode(), SourceTruncatedError),
        ("32017R1509.csv", EU_ACT[:-30].encode(), SourceTruncatedError),
        (
            "a.json",
            b'{"id":"v","schema":"Vessel","properties":{"name":["X"]}}\n{"id":"w","sch',
            SourceTruncatedError,
        ),
        ("a.csv", b"%PDF-1.7\nimo,name\n", RegisterFormatError),
        ("a.xlsx", b"PK\x03\x04imo,name\n", RegisterFormatError),
        ("a.csv.gz", gzip.compress(b"imo,name\n" * 9999)[:-20], SourceTruncatedError),
    ],
    ids=[
        "empty",
        "no-ship",
        "html",
        "cut-xml",
        "other-json",
        "open-quote",
        "cut-row",
        "cut-annex",
        "cut-entity",
        "pdf",
        "workbook",
        "cut-gzip",
    ],
)
def test_what_is_no_register_is_refused(
    tmp_path: Path, name: str, text: bytes, error: type[Exception]
) -> None:
    """A list read by half would say of half its ships that they are not on it."""
    with pytest.raises(error):
        read(tmp_path, name, text)


def test_a_last_row_needs_no_line_end(tmp_path: Path) -> None:
    """Most editors leave it out: a whole row is no sign of a file cut off."""
    _, items = read(tmp_path, "x.csv", f"imo,name,flag\n{ONE},HAE SONG,KP\n{TWO},NEXT,KP")
    assert set(entries(items)) == {"HAE SONG", "NEXT"}


def test_tonnes_that_can_be_read_two_ways_are_not_read(tmp_path: Path) -> None:
    """A stop parts thousands here and decimals there: read wrong, a collier becomes a launch."""
    text = f"imo,name,deadweight,gt\n{ONE},A,99.144,1.2E+04\n{TWO},B,99144.000,99.144.000\n"
    _, items = read(tmp_path, "x.csv", text)
    own, other = entries(items)["A"], entries(items)["B"]
    assert (own.particulars.deadweight_t, own.particulars.gross_tonnage) == (None, 12_000.0)
    assert "can be read two ways" in own.notes[0]
    assert (other.particulars.deadweight_t, other.particulars.gross_tonnage) == (99144.0, 99144e3)


def test_persons_are_never_entries(tmp_path: Path) -> None:
    """Of natural persons this keeps nothing, whatever the layout."""
    for name, text in (("sdn.csv", OFAC), ("x.xml", UN), ("e.csv", EU_ACT), ("t.csv", TARGETS)):
        _, items = read(tmp_path, name, text)
        assert PERSON not in {item.schema for item in items if isinstance(item, RegisterEntry)}


def test_a_table_without_a_mapping_reads_names_of_columns_in_other_scripts(tmp_path: Path) -> None:
    """Registers of the Far East head their columns in their own script."""
    _, items = read(tmp_path, "x.csv", f"船名,IMO\n白梅,{THREE}\n", mapped=Mapped())
    assert set(entries(items)) == {"白梅"}


def test_observations_are_follow_the_money(tmp_path: Path) -> None:
    """What leaves as FollowTheMoney must be read by those who use it, property by property."""
    followthemoney = pytest.importorskip("followthemoney")
    for name, text in (("sdn.csv", OFAC), ("32017R1509.csv", EU_ACT), ("m.csv", MARITIME)):
        register, items = read(tmp_path, name, text)
        for entry in entries(items).values():
            records = records_of_entry(
                entry,
                source_id="source:" + "0" * 64,
                reading_id="claim:" + "0" * 64,
                snapshot=register.snapshot,
                key=register.listed[0],
                name=register.listed[1],
            )
            observation = records[0]
            assert isinstance(observation, Observation)
            shape: dict[str, Any] = {
                key: observation.values[key] for key in ("id", "schema", "properties")
            }
            schema = followthemoney.model.get(shape["schema"])
            assert set(shape["properties"]) <= set(schema.properties)
            assert followthemoney.model.get_proxy(shape).caption == entry.names[0].text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.sampled_from([OFAC, SDN_XML, ADVANCED, UN, FSF_XML, FSF_CSV, EU_ACT, MARITIME, TARGETS]),
    st.data(),
)
def test_a_damaged_file_is_read_or_refused_and_never_crashes(
    tmp_path: Path, text: str, data: st.DataObject
) -> None:
    """Lists arrive cut, mangled and re-encoded; a stack trace says nothing about which rows."""
    body = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.sampled_from([0, 10, 34, 44, 59, 60, 200, 255, 48]))
    cut = data.draw(st.integers(len(body) // 2, len(body)))
    try:
        _, items = read(tmp_path, "list.csv", bytes(body[:cut]))
    except QuaywatchError:
        return
    for item in items:
        if isinstance(item, RegisterEntry):
            assert item.names or item.identifiers
