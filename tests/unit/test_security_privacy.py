import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.security.privacy import find_personal

HARMLESS = """
I can't sleep before exams.
I took 20 mg of escitalopram at 8:30 and another 20 mg at 20:30.
My PHQ-9 score went from 18 to 12 of 27, GAD-7 from 15 to 9.
Score 18 of 27, 14 of 21, 30/63.
I walked 10 000 steps today, 12,500 yesterday.
I called 988 and nobody answered for 20 minutes.
Is 116 123 free? Someone gave me 13 11 14 too.
They told me to call 112 or 911 or 999 if it gets worse.
Text HOME to 741741, it said.
I rang 0800 1111 when I was a kid and 0808 808 4994 later.
The line 0800 111 0 111 was busy, 0800 1110222 too.
I tried 1-800-273-8255 and 1 800 273 8255 last year.
Lifeline +61 13 11 14 and +44 116 123 are in my phone.
Samaritans: 116123. Frauennotruf: 116 016. Nummer gegen Kummer: 116 111.
Call 1800 55 1800 or 1300 224 636 said the poster.
The helpline +1 800 273 8255 did not help me.
I keep 0300 304 7000 on the fridge.
It started in 2019, got worse in 2020, 2021 and 2022.
From 2015-2019 I was fine, 2020-2024 was hell.
On 2024-05-01 10:30 I had the worst panic of my life.
I have been sober since 12/03/2021.
On 03.10.2023 at 14:15 it came back.
The exam is on 12 May 2025 at 9 am, room 204.
I was born in 1984 and I feel 100 years old.
My birthday is on May 12 and nobody ever comes.
I weigh 48.5 kg, I was 63 kg, BMI 17.2.
I took 150 mg, then 225 mg, then 300 mg, now 75 mg.
The taper is 300-200-100 mg over six weeks.
40 40 30 20 20 10 mg, that's the plan.
I drank 12 beers and 3 shots in 4 hours on the 24th.
I slept 3.5 hours, woke at 02:10, 03:40 and 05:05.
I owe 25,000 euros and earn 1,850 a month.
They say 700 000 people die by suicide each year, 1,000,000 try.
There are 8,000,000,000 people and I am alone.
1 000 000 000 thoughts a second.
My heart was at 140, then 160, then 180 bpm, blood pressure 150/95.
I count to 100, then 200, then 300 and it does not stop.
10 9 8 7 6 5 4 3 2 1 and breathe.
4-7-8 breathing does nothing for me.
5-4-3-2-1 grounding, I tried it 20 times.
I rate it 8/10 today, 9/10 yesterday, 10/10 on Monday.
I cut 3 times in 2 weeks, 14 days clean before that.
My patient refuses exposure after 6 sessions; what now?
My patient has panic attacks, 3 to 4 a week.
My patient CBT homework was not done again.
My patient is 34, single, PHQ-9 of 22, sertraline 150 mg.
Our client Monday at 10 never shows up.
The Patient Health Questionnaire has 9 items.
The client called yesterday and cried for 40 minutes.
The patient's name is not important here.
The client's name is confidential.
A patient with OCD asked me whether I was judging her.
My client I think is hiding something.
Every patient, and I mean every one, asks that.
My name is Anna and I can't stop crying.
I'm Tom, 17, and I want to disappear.
My therapist is Dr. Weiss and she is on leave.
I feel like patient number 7 here.
My insurance does not pay for more than 25 sessions.
The policy number one is honesty.
Version 1.0.0 of the instructions, clause 12, section 3.
I live on the 5th floor and the street is loud.
I walked 3 hours along the road to nowhere.
I did 20 minutes on the square, 15 Minutes of Walking Street noise.
I live at home with my 2 kids, 4 and 7.
Vitamin B12 500 mcg and D3 2000 IU every day.
Take two at 8 am, two at 1 pm, one at 10 pm.
It is 50/50 whether I call the crisis line at 3 am.
50 100 150 200 mg, stepwise.
It's been 1,460 days since she died; 365 days a year I miss her.
😭😭😭 3 am again, day 12, 0 hope, 100 % done
ICD-10 F33.2, DSM-5 296.33, he said.
I texted him 27 times and called 14 times.
Call me crazy, 300 times a day I check the door.
Je n'ai pas dormi depuis 3 jours, 20 mg ne suffisent pas.
Ich habe seit 14 Tagen nicht geschlafen und nehme 7,5 mg.
""".strip().splitlines()

PERSONAL = """
e-mail|Write to sarah.miller@gmail.com about her.
e-mail|her mail: s_miller+therapy@clinic.nhs.uk
e-mail|Kontakt: müller@praxis-berlin.de
e-mail|ANNA@EXAMPLE.ORG wants an answer
phone|You can reach him at +44 7911 123456.
phone|+49 171 1234567 is her number
phone|+1 (415) 555-2671
phone|0049 30 901820123
phone|07911 123456
phone|Call 020 7946 0958 and ask for her.
phone|(555) 123-4567
phone|555-123-4567
phone|555.123.4567 after five
phone|1-212-555-0187
phone|Sie wohnt allein, Tel. 030 1234567
phone|Handy 0171/1234567
phone|06 12 34 56 78
phone|his number is 555-1234
phone|my mobile: 7911 123 456
phone|text her at 4155552671
phone|call me 79 11 12 34
phone|\uff10\uff17\uff19\uff11\uff11 \uff11\uff12\uff13\uff14\uff15\uff16
id|MRN 4821973
id|mrn: 00482197
id|Her medical record number is 48-21-973.
id|NHS no. 943 476 5919
id|NHS number: 9434765919
id|his patient id 20231187
id|hospital number H1234567
id|insurance number A123456789
id|Insurance no: 77 882 113
id|member ID XZQ882113
id|policy number is 4471-9982
id|passport number 533380006
id|SSN 078-05-1121
id|078-05-1121
id|078 05 1121
id|his social security number is 078051121
id|QQ 12 34 56 C is wrong but AB 12 34 56 C is real
id|IBAN DE89 3704 0044 0532 0130 00
id|GB29NWBK60161331926819
id|driver's license number D1234567
id|case number 2023/11874
card|4111 1111 1111 1111
card|5500-0000-0000-0004
card|She paid with 378282246310005.
number|Number 943 476 591 on the form
number|file 12-345-678-90
number|2938475610
number|id 847362514
birth date|born 12/03/1984
birth date|She was born on 3 May 1991.
birth date|DOB: 1984-03-12
birth date|date of birth: March 12, 1984
birth date|d.o.b. 12.03.84
birth date|His birthday is the 3rd of May 1991.
address|She lives at 12 baker street.
address|221B Baker Street
address|He is at 1600 Pennsylvania Avenue, Washington
address|her address is 7 old mill lane, Bath
address|45 St. Mary's Rd
address|moved to 9 Elm Close in June
address|Hauptstraße 12
address|Sie wohnt in der Kastanienallee 103.
address|12 rue de la Paix
address|SW1A 1AA
name|my patient Sarah Miller can't sleep
name|My patient, Sarah, can't sleep.
name|my client John says he is fine
name|a patient named Elif Şahin came in
name|The patient called Bob is angry.
name|my new client Anna-Lena Weiß
name|our patient José García
name|The patient's name is Sarah Miller.
name|client's full name is John O'Brien
name|patient\u2019s name is Zoë
name|Sarah Miller is my patient
name|John Smith, a former client
name|my old patient Mary
name|his name is John Smith
name|My name is Sarah Jane Miller
name|my patient Dr. Brown
""".strip().splitlines()


@pytest.mark.parametrize("message", HARMLESS)
def test_distress_with_numbers_is_no_data(message: str) -> None:
    assert find_personal(message) == ()


@pytest.mark.parametrize("line", PERSONAL)
def test_personal_data_is_noticed(line: str) -> None:
    kind, message = line.split("|")
    findings = find_personal(message)
    assert [finding.kind for finding in findings] == [kind]
    assert f"\u201c{findings[0].quote}\u201d looks like" in findings[0].reason


def test_there_are_enough_examples() -> None:
    assert len(set(HARMLESS)) >= 60
    assert len(set(PERSONAL)) >= 60


def test_everything_is_found_in_the_order_it_stands_there() -> None:
    text = "My patient Sarah Miller, born 12/03/1984, 12 Baker Street, 07911 123456, sarah@mail.com, can't sleep."
    assert [finding.kind for finding in find_personal(text)] == ["name", "birth date", "address", "phone", "e-mail"]


def test_reasons_are_plain_sentences() -> None:
    (finding,) = find_personal("write to sarah@mail.com")
    assert finding.reason == "\u201csarah@mail.com\u201d looks like an e-mail address."


def test_a_number_inside_other_words_is_still_quoted_exactly() -> None:
    (finding,) = find_personal("call (555) 123-4567 today")
    assert finding.quote == "(555) 123-4567"


@given(st.text(alphabet=st.sampled_from(string.digits + " .-+()/@:,#aM'\n\u00a0é")) | st.text())
def test_any_text_gives_an_answer(text: str) -> None:
    for finding in find_personal(text):
        assert finding.quote
        assert finding.reason.endswith(".")


@pytest.mark.parametrize("piece", ["1 ", "1-", "a@", "a.", "A ", "0 ", "my patient ", "+1 ", "born ", "ab12 ", "12 A "])
def test_a_long_message_is_read_quickly(piece: str) -> None:
    began = time.perf_counter()
    find_personal(piece * (20_000 // len(piece)))
    assert time.perf_counter() - began < 2
