"""The county's word lists for people: given names, family names, nicknames.

Common names of the peoples who live in Durham, combined at random: no list entry is a person. Names near the front
of a list are drawn more often, as in life, so that strangers share names.
"""

from random import Random


def luck(*key: object) -> Random:
    """A stream of chance, the same for the same key."""
    return Random("/".join(map(str, key)))  # noqa: S311  # invention, not secrecy


def likely(share: float, chance: Random) -> bool:
    """True for about `share` (0 to 1) of all draws."""
    return chance.random() < share


def words(text: str) -> tuple[str, ...]:
    """A list of words, written as prose."""
    return tuple(text.split())


WOMEN = words(
    "Maria Mary Patricia Ashley Jasmine Linda Keisha Brenda Latoya Angela Elizabeth Sarah Jennifer Tamika Rosa Ana "
    "Denise Monique Jessica Shanice Ebony Guadalupe Catherine Deborah Crystal Yolanda Carmen Vanessa Tiffany Imani "
    "Destiny Aaliyah Margaret Dorothy Gloria Ruth Evelyn Juana Lucía Sofía Xiomara Marisol Esperanza Beatriz Alma "
    "Amina Fatima Aisha Layla Zainab Priya Anjali Lakshmi Mei Xiu Lan Linh Thuy Hoa Ngoc Ji-woo Soo-jin Hana Oksana "
    "Olena Natalia Irina Ifeoma Ngozi Chidinma Abena Efua Akosua Wanjiru Marie-Claire Fabiola Mireille Naw Paw Eh "
    "Precious Charity Faith Grace Hope Joy Pearl Opal Hazel Willa Maybelle Earline Ernestine Geraldine Lorraine "
    "Octavia Portia Renita Shaniqua Tameka Trinity Unique Valencia Wynona Zora Bethany Caitlin Danielle Emily Felicia"
)
MEN = words(
    "James José Michael Robert William Marcus David Christopher Anthony Juan Carlos Kevin Darnell Terrence Luis Joseph "
    "Charles Thomas Jamal Tyrone Andre Reginald Miguel Jesús Daniel Matthew Brandon Malik Deshawn Isaiah Elijah Leroy "
    "Willie Otis Clarence Curtis Raymond Ernesto Francisco Javier Hernán Rigoberto Nestor Wilmer Osvaldo Ramón Ángel "
    "Ahmed Mohamed Omar Yusuf Ibrahim Hassan Arjun Rajesh Sanjay Vikram Wei Jun Hao Minh Tuan Duc Quang Min-jun "
    "Sung-ho Dmytro Andriy Mykola Sergei Chukwuemeka Obinna Kwame Kofi Yaw Kamau Jean-Pierre Wisler Frantz Saw Htoo "
    "Ezekiel Solomon Moses Amos Silas Virgil Roscoe Cleveland Linwood Thurman Rufus Alphonso Cedric Dwayne Lamont "
    "Quentin Rodney Sherman Tevin Ulysses Vernon Wendell Xavier Zachary Brian Gregory Patrick Samuel Timothy Walter"
)
FAMILIES = words(
    "Williams Johnson Smith Jones Brown Davis García Martínez Hernández López Thompson Harris Jackson Moore Taylor "
    "Robinson Clark Lewis Walker Hall Allen Young Wright Hill Green Adams Baker Mitchell Carter Roberts Turner Parker "
    "Evans Edwards Collins Morris Rogers Reed Cook Bell Bailey Cooper Howard Ward Watson Brooks Bennett Gray Hughes "
    "Price Long Foster Sanders Ross Powell Sullivan Russell Barnes Fisher Henderson Coleman Simmons Patterson Jordan "
    "Graham Alexander Griffin Hayes Bryant Holloway Mangum Umstead Tilley Cates Couch Pearson Lyon Rigsbee Blackwell "
    "Bullock Alston Cheek McLaurin McCrae Barbee Malone Satterfield Thorpe Yancey Locklear Oxendine Chavis Hunt "
    "Rodríguez González Pérez Sánchez Ramírez Flores Rivera Gómez Díaz Reyes Cruz Morales Ortiz Gutiérrez Chávez "
    "Ramos Mendoza Ruiz Álvarez Castillo Jiménez Vásquez Romero Herrera Medina Aguilar Guzmán Muñoz Salazar Soto "
    "Escobar Funes Zelaya Portillo Ventura Orellana Bonilla Paz Lemus Quintanilla Nguyen Tran Le Pham Huynh Vo Dang "
    "Bui Do Chen Wang Li Zhang Liu Huang Zhao Wu Kim Lee Park Choi Jung Patel Shah Singh Reddy Rao Iyer Sharma Gupta "
    "Khan Hussain Ali Ahmad Haddad Mansour Saleh Abdi Warsame Okafor Okonkwo Adeyemi Eze Nwosu Mensah Boateng Owusu "
    "Asante Kamara Sesay Diallo Traoré Mwangi Otieno Pierre Jean-Baptiste Desrosiers Toussaint Kovalenko Shevchenko "
    "Bondarenko Melnyk Petrov Volkov Kowalski Novak Schmidt Weber O'Neal O'Brien McDonald Abernathy Applewhite "
    "Birdsong Caudle Dunnigan Eubanks Farrington Geer Hargrove Ivey Jeffers Kearney Leathers Merritt Nunn Oakley "
    "Pettiford Quick Rhew Suitt Trice Upchurch Veasey Whitted Womble Yarborough Zimmer"
)
NICKNAMES = {
    "Elizabeth": ("Liz", "Beth", "Betty"),
    "Margaret": ("Peggy", "Maggie"),
    "Catherine": ("Cathy", "Kate"),
    "Patricia": ("Pat", "Tricia"),
    "Deborah": ("Debbie",),
    "Jennifer": ("Jen", "Jenny"),
    "Jessica": ("Jess",),
    "Guadalupe": ("Lupe",),
    "Yolanda": ("Yoli",),
    "Esperanza": ("Espy",),
    "Dorothy": ("Dot", "Dottie"),
    "Geraldine": ("Gerri",),
    "Ernestine": ("Tina",),
    "Danielle": ("Dani",),
    "James": ("Jim", "Jimmy"),
    "Robert": ("Bob", "Bobby", "Rob"),
    "William": ("Bill", "Will"),
    "Michael": ("Mike",),
    "Christopher": ("Chris",),
    "Anthony": ("Tony",),
    "José": ("Pepe",),
    "Joseph": ("Joe",),
    "Charles": ("Charlie", "Chuck"),
    "Thomas": ("Tom", "Tommy"),
    "Francisco": ("Paco", "Pancho"),
    "Reginald": ("Reggie",),
    "Daniel": ("Danny",),
    "Matthew": ("Matt",),
    "Raymond": ("Ray",),
    "Jesús": ("Chuy",),
    "Isaiah": ("Zay",),
    "Elijah": ("Eli",),
    "Ezekiel": ("Zeke",),
    "Gregory": ("Greg",),
    "Patrick": ("Pat",),
    "Samuel": ("Sam",),
    "Timothy": ("Tim",),
    "Walter": ("Walt",),
    "Clarence": ("CJ",),
    "Zachary": ("Zach",),
}


def drawn(names: tuple[str, ...], chance: Random) -> str:
    """A name, those at the front more often."""
    return names[int(len(names) * chance.random() ** 1.7)]


def given_name(sex: str, chance: Random) -> str:
    """A given name for `sex` F or M."""
    return drawn(WOMEN if sex == "F" else MEN, chance)


def family_name(chance: Random) -> str:
    """A family name; one in twenty is double: `García-López`, or Spanish style `García López`."""
    name = drawn(FAMILIES, chance)
    if not likely(0.05, chance):
        return name
    return name + chance.choice("- ") + drawn(FAMILIES, chance)
