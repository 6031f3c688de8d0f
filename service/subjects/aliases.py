"""Given names that may be the same person's: familiar forms and their formal names. Pure.

Each line is one family of names; a name may stand on several lines (Pat is Patricia or Patrick), and two names are
known-as when some line holds both.
"""

from collections import defaultdict
from typing import Final

_LINES: Final = """
abigail abby gail
abraham abe abram
albert al bert bertie
alejandro alex ale jandro
alexander alex al sandy xander
alexandra alex sandra sandy lexi alexa
alfonso alphonso al fonzo poncho
alfred al fred freddy alfredo
andrew andy drew andre andres
angela angie
anthony tony antonio toni anton
antoinette toni netta
arthur art artie arturo
barbara barb babs barbie
beatriz beatrice bea trixie betty
benjamin ben benny benji
bernard bernie bernardo
bethany beth
bradley brad
brandon bran
brenda bren
caroline carolyn carol carrie
catherine katherine kathryn cathy kathy kate katie kat kitty cate katy catalina
charles charlie chuck chas chip carlos
charlotte charlie lottie char
christina christine chris tina christy kristina kristin cristina
christopher chris topher kit cristobal
clarence cj clare
concepcion concha connie
constance connie
cynthia cindy
daniel dan danny dani
danielle dani danny
david dave davey
deborah debra deb debbie
denise niecy dee
dennis denny
dolores lola
donald don donnie
dorothy dot dottie dolly
douglas doug
edward ed eddie ted ned teddy eduardo lalo
eleanor ellie nell nora elena
elijah eli lige
elizabeth liz beth betty eliza lizzie libby betsy lisa elisabeth isabel bess
emily em emmy
ernest ernie ernesto neto
ernestine tina ernie
esperanza espy hope
eugene gene
evelyn evie eve
ezekiel zeke
felicia fe lisha
florence flo flossie
frances fran franny francine francie
francisco paco pancho frank cisco francis franco kiko
frederick fred freddy fritz rick
gabriel gabe gabi
geraldine gerri geri gerry
gerald gerry jerry
gloria glo
gregory greg gregorio
guadalupe lupe lupita
harold hal harry
helen nell nellie
henry hank harry enrique
herbert herb bert
ibrahim abraham ibra
ignacio nacho
isaiah zay ike isaias
jacob jake jakob jacobo
jacqueline jackie
james jim jimmy jamie jaime jay
janet jan
jason jay jase
jeffrey jeff geoffrey geoff
jennifer jen jenny jenn
jeremiah jerry jeremy
jessica jess jessie
jesus chuy chucho
joaquin quino
john johnny jack jon juan ian
jonathan jon johnny nathan john
jose pepe joe chepe
joseph joe joey jo jose
josephine jo josie
joshua josh
juan juancho
judith judy
julia julie juliet
kenneth ken kenny
kevin kev
kimberly kim
lawrence larry laurence lorenzo
leonard leo len lenny leonardo
leroy roy lee
lillian lily lil lilly
linda lindy
lorraine lori rainey
louis lou louie luis lewis
lucia lucy lucille
manuel manny manolo
marcus mark marc marco marcos
margaret peggy maggie meg peg marge margie greta rita margarita margo
maria mary mari
mario mar
marjorie marge margie
martin marty
matthew matt matty mateo
maurice moe reece
maximilian max
melissa mel missy
mercedes meche
michael mike mickey mick miguel mikey
michelle shelly
mohamed mohammed muhammad mohammad mo
monique mo niki
nancy nan
natalia natasha natalie nat talia
nathaniel nate nathan nat
nicholas nick nicky nico nicolas
nicole nicky niki
octavia tavi
pamela pam
patricia pat patty tricia trish patti patsy
patrick pat paddy patricio rick
paul pablo
peter pete pedro
philip phil phillip felipe pip
priscilla cilla
rafael rafa ralph raphael
ramon ray monchi
raymond ray raymundo
rebecca becky becca
reginald reggie reg
richard rick dick rich richie ricardo ricky
robert bob bobby rob robbie bert roberto beto
roberta bobbie
rodney rod
rodrigo rigo
rigoberto rigo beto
ronald ron ronnie
rosa rose rosie rosita rosalie
rosario chayo
russell russ rusty
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sara sally sadie
sharon shari
solomon sol
stephanie steph
stephen steven steve esteban
susan sue suzy susie suzanne
teresa theresa terry tess teri
terrence terry terence
theodore ted theo teddy
thomas tom tommy tomas
tiffany tiff
timothy tim timmy
ulysses lyss
valencia val
valerie val
vanessa nessa
veronica ronnie roni
victor vic
victoria vicky tori vicki
vincent vince vinny vicente
virginia ginny ginger
walter walt wally
wendell dell
wilhelmina willa mina
william bill will billy willie liam guillermo memo
willie will bill
yolanda yoli yolie yola
yusuf joseph yousef
zachary zach zack
"""


def _index() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_LINES.strip().splitlines()):
        for name in line.split():
            found[name].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


_FAMILIES: Final = _index()
_FORMAL: Final = tuple(line.split()[0] for line in _LINES.strip().splitlines())


def known_as(one: str, other: str) -> bool:
    """Whether two given names, in lower case without accents, may be forms of one."""
    return not _FAMILIES.get(one, frozenset()).isdisjoint(_FAMILIES.get(other, frozenset()))


def formal(name: str) -> frozenset[str]:
    """The formal names a given name may stand for; itself when it has none."""
    return frozenset(_FORMAL[number] for number in _FAMILIES.get(name, ())) or frozenset({name})
