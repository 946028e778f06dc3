/** A name as it is written, and in the letters of a username. */
export interface NamePart {
  readonly written: string
  readonly ascii: string
}

/** Where somebody comes from: what decides how the name is written, and where they sit. */
export interface Culture {
  readonly given: readonly NamePart[]
  readonly family: readonly NamePart[]
  /** The written name from its two parts. */
  readonly join: (given: string, family: string) => string
  readonly cities: readonly string[]
  readonly domain: string
}

const givenFirst = (given: string, family: string) => `${given} ${family}`
const familyFirst = (given: string, family: string) => `${family}${given}`

/** `José` reads as jose; `Łukasz/lukasz` says how it reads, where dropping the accents is not enough. */
function parts(list: string): NamePart[] {
  return list.split(' ').map((entry) => {
    const [written = '', ascii] = entry.split('/')
    return { written: written.replaceAll('_', ' '), ascii: ascii ?? stripAccents(written) }
  })
}

const stripAccents = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '')

const culture = (
  domain: string,
  cities: string,
  given: string,
  family: string,
  join: Culture['join'] = givenFirst,
): Culture => ({ domain, cities: cities.split(','), given: parts(given), family: parts(family), join })

/** `_` stands for a space within one part. */
export const CULTURES: readonly Culture[] = [
  culture(
    'example.com',
    'Dublin,London,Toronto,Chicago',
    'Emma Liam Olivia Noah Aoife Seán Siobhán Niamh Zoë Chloë Jack Grace Renée Owen Maeve Caoimhe',
    "Smith Jones Taylor Brown O'Brien O'Sullivan Murphy Ó_Súilleabháin Walsh Byrne Wilson Clarke MacLeod Nic_Gabhann Evans Hughes",
  ),
  culture(
    'de.example.org',
    'Berlin,München,Zürich,Wien',
    'Jörg/joerg Jürgen/juergen Käthe/kaethe Björn/bjoern Anna Lukas Sophie Maximilian Lieselotte Günther/guenther Heike Jens Marlene Felix Ulrike Sören/soeren',
    'Müller/mueller Schröder/schroeder Groß/gross Weiß/weiss Schäfer/schaefer Krüger/krueger Schmidt Fischer Weber Köhler/koehler Jäger/jaeger Vogel Böhm/boehm Huber Strauß/strauss Lindemann',
  ),
  culture(
    'fr.example.org',
    'Paris,Lyon,Montréal,Genève',
    'Élodie François Hélène Benoît Anaïs Gaël Léa Théo Chloé Aurélie Jérôme Noémie Loïc Inès Océane Raphaël',
    "Lefèvre Dupré Gauthier D'Amboise Bélanger Côté Moreau Le_Goff Périer Fontaine Mercier Châtelain Béranger Noël Dubois L'Écuyer",
  ),
  culture(
    'es.example.org',
    'Madrid,Bogotá,México,Buenos Aires',
    'José María Sofía Nicolás Begoña Íñigo Lucía Andrés Inés Joaquín Ángela Raúl Verónica Martín Belén Óscar',
    'García Muñoz Ibáñez Núñez López Pérez Rodríguez Gómez_Ávila Sánchez Peña Vélez Castañeda Quiñones de_la_Fuente Álvarez Zúñiga',
  ),
  culture(
    'pt.example.org',
    'Lisboa,São Paulo,Recife,Luanda',
    'João Inês Gonçalo Conceição Vinícius Luísa Tomé Antônia Simão Letícia Sebastião Beatriz Caio Márcia Davi Lívia',
    'Gonçalves Conceição Magalhães Araújo Simões Brandão Falcão dos_Santos Carvalho Teixeira Assunção Nóbrega Leitão Vasconcelos Guimarães Pacheco',
  ),
  culture(
    'pl.example.org',
    'Warszawa,Kraków,Praha,Brno',
    'Łukasz/lukasz Małgorzata/malgorzata Józef Zofia Bartłomiej/bartlomiej Agnieszka Wojciech Świętosława/swietoslawa Jiří Zdeněk Božena Matěj Kateřina Vojtěch Ondřej Ludmiła/ludmila',
    'Wójcik Kowalczyk Wiśniewska Dąbrowski Zieliński Żółć/zolc Łuczak/luczak Pawłowska/pawlowska Dvořák Novák Procházka Kučera Říha Černý Šťastný Němec',
  ),
  culture(
    'se.example.org',
    'Stockholm,Oslo,København,Reykjavík',
    'Åsa Märta Søren/soren Bjørn/bjorn Øyvind/oyvind Þóra/thora Guðrún/gudrun Jón Sigríður/sigridur Håkan Östen Ægir/aegir Kjærsti/kjaersti Nils Ylva Frøya/froya',
    'Åkerström Sjögren Bergström Ødegård/odegard Sørensen/sorensen Nygård Jónsdóttir Guðmundsson/gudmundsson Kjær/kjaer Lindqvist Ångström Björk Holmgård Þórðarson/thordarson Hägg Dahl',
  ),
  culture(
    'tr.example.org',
    'İstanbul,Ankara,İzmir',
    'Ayşe Çağlar Işıl/isil Gülşen Ömer İbrahim Şebnem Yağmur Oğuz Nazlı/nazli Kıvanç/kivanc Zeynep Tuğba Barış/baris Ümit Hülya',
    'Yılmaz/yilmaz Kaya Demirçi Şahin Öztürk Aydın/aydin Çelik Yıldız/yildiz Güneş Koç Erdoğmuş Kılıç/kilic Aslan Toprak Uçar Doğan',
  ),
  culture(
    'vn.example.org',
    'Hà Nội,Huế,Đà Nẵng',
    'Hương Thảo Đức/duc Minh Tuấn Ngọc_Ánh Quỳnh Dũng Trâm Phượng Việt Bảo Khánh Linh Hiếu Mỹ_Duyên',
    'Nguyễn Trần Lê Phạm Huỳnh Võ Đặng/dang Bùi Đỗ/do Hồ Ngô Dương Lý Vũ Phan Trịnh',
    (given, family) => `${family} ${given}`,
  ),
  culture(
    'ua.example.org',
    'Київ,Львів,София,Београд',
    'Олена/olena Юрій/yurii Наталія/nataliia Їжак/yizhak Дмитро/dmytro Ксенія/kseniia Андрій/andrii Марія/mariia Ђорђе/djordje Љубица/ljubica Цветан/tsvetan Борис/borys Тетяна/tetiana Ярослава/yaroslava Гліб/hlib Зоряна/zoriana',
    'Шевченко/shevchenko Коваленко/kovalenko Їжакевич/yizhakevych Ґудзь/gudz Бондаренко/bondarenko Ткачук/tkachuk Петровић/petrovic Николова/nikolova Лисенко/lysenko Мельник/melnyk Щербак/shcherbak Поліщук/polishchuk Савченко/savchenko Іваненко/ivanenko Юрченко/yurchenko Кравець/kravets',
  ),
  culture(
    'gr.example.org',
    'Αθήνα,Θεσσαλονίκη,Λευκωσία',
    'Γιώργος/giorgos Ελένη/eleni Νίκος/nikos Δέσποινα/despoina Χρήστος/christos Αθηνά/athina Σπύρος/spyros Ιωάννα/ioanna Θανάσης/thanasis Κυριακή/kyriaki Ανδρέας/andreas Ευαγγελία/evangelia Φώτης/fotis Ζωή/zoi Ορέστης/orestis Καλλιόπη/kalliopi',
    'Παπαδόπουλος/papadopoulos Οικονόμου/oikonomou Νικολάου/nikolaou Γεωργίου/georgiou Βλάχος/vlachos Αγγελόπουλος/angelopoulos Χατζής/chatzis Ιωαννίδης/ioannidis Κωστόπουλος/kostopoulos Μακρής/makris Δημητρίου/dimitriou Αλεξίου/alexiou Σαββίδης/savvidis Τσάτσος/tsatsos Ψαρράς/psarras Ζέρβας/zervas',
  ),
  culture(
    'cn.example.org',
    '北京,上海,深圳,臺北',
    '伟/wei 芳/fang 秀英/xiuying 静/jing 子涵/zihan 浩然/haoran 雨桐/yutong 建国/jianguo 志明/zhiming 淑芬/shufen 俊杰/junjie 欣怡/xinyi 磊/lei 思远/siyuan 雅婷/yating 梓萱/zixuan',
    '王/wang 李/li 张/zhang 刘/liu 陈/chen 欧阳/ouyang 黄/huang 吴/wu 赵/zhao 周/zhou 司马/sima 林/lin 徐/xu 諸葛/zhuge 马/ma 郭/guo',
    familyFirst,
  ),
  culture(
    'jp.example.org',
    '東京,大阪,札幌,福岡',
    'さくら/sakura 陽翔/haruto 結衣/yui 健太/kenta 美咲/misaki 大輔/daisuke あかり/akari 翔太/shota 直子/naoko 悠真/yuma ひなた/hinata 莉子/riko 蓮/ren 千尋/chihiro 拓海/takumi 葵/aoi',
    '佐藤/sato 鈴木/suzuki 高橋/takahashi 田中/tanaka 渡邊/watanabe 伊藤/ito 山本/yamamoto 中村/nakamura 小林/kobayashi 加藤/kato 齋藤/saito 吉田/yoshida 髙木/takagi 松本/matsumoto 井上/inoue 木村/kimura',
    (given, family) => `${family} ${given}`,
  ),
  culture(
    'kr.example.org',
    '서울,부산,대전',
    '민준/minjun 서연/seoyeon 지우/jiwoo 하은/haeun 도윤/doyun 예린/yerin 준호/junho 수빈/subin 현우/hyunwoo 지혜/jihye 은영/eunyoung 성민/sungmin 유진/yujin 태양/taeyang 소희/sohee 건우/geonwoo',
    '김/kim 이/lee 박/park 최/choi 정/jung 강/kang 조/cho 윤/yoon 장/jang 임/lim 한/han 오/oh 남궁/namgung 신/shin 권/kwon 황보/hwangbo',
    familyFirst,
  ),
  culture(
    'ae.example.org',
    'القاهرة,دبي,الدار البيضاء,عمّان',
    'محمد/mohamed فاطمة/fatima عائشة/aisha يوسف/yousef نور/nour خالد/khaled ليلى/layla عبد_الرحمن/abdulrahman مريم/maryam حسن/hassan سارة/sara إبراهيم/ibrahim زينب/zaynab طارق/tariq هدى/huda أحمد/ahmed',
    'المصري/almasri الحداد/alhaddad خوري/khoury بن_سعيد/binsaid الزهراني/alzahrani منصور/mansour النجار/alnajjar قاسم/qasim الفاسي/alfassi درويش/darwish حمدان/hamdan الشامي/alshami عثمان/othman بركات/barakat صالح/saleh العلي/alali',
  ),
  culture(
    'il.example.org',
    'תל אביב,חיפה,ירושלים',
    'נועה/noa יוסף/yosef תמר/tamar איתי/itai מאיה/maya דוד/david שירה/shira אורי/uri רחל/rachel עמית/amit יעל/yael משה/moshe טליה/talia גיא/guy הדס/hadas אריאל/ariel',
    'כהן/cohen לוי/levi מזרחי/mizrahi פרץ/peretz ביטון/biton פרידמן/friedman אברהם/avraham בן־דוד/bendavid אזולאי/azoulay שפירא/shapira חדד/hadad גולדברג/goldberg רוזן/rosen שלום/shalom ברק/barak צור/tzur',
  ),
  culture(
    'in.example.org',
    'मुंबई,दिल्ली,पुणे',
    'आरव/aarav प्रिया/priya अर्जुन/arjun दीपिका/deepika कृष्णा/krishna श्रेया/shreya रोहित/rohit ज्योति/jyoti विक्रम/vikram अनन्या/ananya संजय/sanjay मीनाक्षी/meenakshi सुनीता/sunita मोहन/mohan काव्या/kavya सिद्धार्थ/siddharth',
    'शर्मा/sharma पाटील/patil सिंह/singh देशपांडे/deshpande गुप्ता/gupta कुलकर्णी/kulkarni मिश्रा/mishra अय्यर/iyer चौधरी/chaudhary जोशी/joshi भट्ट/bhatt मेहता/mehta राठौड़/rathod त्रिपाठी/tripathi नायर/nair यादव/yadav',
  ),
  culture(
    'ta.example.org',
    'சென்னை,மதுரை,கொழும்பு',
    'முருகன்/murugan கவிதா/kavitha யாழினி/yazhini அருண்/arun செல்வி/selvi இளங்கோ/ilango மலர்/malar கதிர்/kathir',
    'சுப்பிரமணியன்/subramanian ராமசாமி/ramasamy நடராஜன்/natarajan கண்ணன்/kannan வேலு/velu பாண்டியன்/pandian அண்ணாமலை/annamalai செல்வராஜ்/selvaraj',
  ),
  culture(
    'th.example.org',
    'กรุงเทพฯ,เชียงใหม่,ภูเก็ต',
    'สมชาย/somchai มาลี/malee ณัฐวุฒิ/natthawut กมลชนก/kamonchanok ประเสริฐ/prasert สุดารัตน์/sudarat วิชัย/wichai อรทัย/orathai ธนพล/thanaphon พิมพ์ชนก/phimchanok ศิริพร/siriphon อนุชา/anucha ชลธิชา/chonthicha บุญมี/bunmi รัตนา/rattana ไพลิน/phailin',
    'ใจดี/jaidee สุขสวัสดิ์/suksawat ทองดี/thongdee ศรีสุวรรณ/srisuwan บุญเรือง/bunrueang วงศ์ใหญ่/wongyai แก้วมณี/kaeomani พงษ์ไพบูลย์/phongphaibun จันทร์เพ็ญ/chanphen รุ่งเรือง/rungrueang เจริญสุข/charoensuk อินทร์แก้ว/inkaeo ชัยวัฒน์/chaiwat มณีรัตน์/maneerat สายบัว/saibua น้ำใจ/namjai',
  ),
  culture(
    'ge.example.org',
    'თბილისი,ბათუმი',
    'ნინო/nino გიორგი/giorgi თამარ/tamar ლევან/levan ანა/ana დავით/davit ქეთევან/ketevan ზურაბ/zurab',
    'ბერიძე/beridze კაპანაძე/kapanadze გელაშვილი/gelashvili მაისურაძე/maisuradze დოლიძე/dolidze ლომიძე/lomidze წიკლაური/tsiklauri ჯანელიძე/janelidze',
  ),
  culture(
    'am.example.org',
    'Երևան,Գյումրի',
    'Արամ/aram Անի/ani Տիգրան/tigran Նարե/nare Հայկ/hayk Լուսինե/lusine Վահան/vahan Աստղիկ/astghik',
    'Պետրոսյան/petrosyan Սարգսյան/sargsyan Հակոբյան/hakobyan Գրիգորյան/grigoryan Ավետիսյան/avetisyan Մարտիրոսյան/martirosyan Խաչատրյան/khachatryan Դավթյան/davtyan',
  ),
  culture(
    'et.example.org',
    'አዲስ አበባ,ባሕር ዳር',
    'አበበ/abebe ሰላም/selam ዮሐንስ/yohannes ትዕግስት/tigist መኮንን/mekonnen ሀና/hana ዳዊት/dawit ብርሃኔ/birhane',
    'ታደሰ/tadesse ከበደ/kebede ገብረ/gebre ወልደ/wolde ጥላሁን/tilahun ኃይሌ/haile ተስፋዬ/tesfaye በቀለ/bekele',
  ),
]
