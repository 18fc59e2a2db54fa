# ruff: noqa: E501 (a sentence stands on one line)
"""The fixed words of the report and of the decision table, in English and Chinese."""

from __future__ import annotations

from sim.compare import figures

LANGUAGES = {"en": "en", "zh": "zh-CN"}
GROUPS = {
    "money": ("Money", "资金"),
    "law": ("Customers and law", "客户与合规"),
    "unpaid": ("Why is it still unpaid?", "为何仍未还"),
    "means": ("Means", "投入"),
    "dealings": ("Dealings", "往来"),
    "lost work": ("Lost work", "落空的工作"),
}
BETTER = {
    "higher": ("higher is better", "越高越好"),
    "lower": ("lower is better", "越低越好"),
    "neither": ("", ""),
}
LIMITS = {
    "kept": ("✓ limit kept", "✓ 守住限制"),
    "never": ("– cannot occur here", "– 此处不会发生"),
    "broken": ("✗ limit broken", "✗ 突破限制"),
    "open": ("? limit not settled", "? 限制未定"),
}
STATES = {
    "adopt": ("✓ adopt", "✓ 建议采用"),
    "trade_off": ("⇄ trade-off", "⇄ 需要取舍"),
    "open": ("? not decided", "? 证据不足"),
    "unpriced": ("✗ means without a price", "✗ 手段未计成本"),
    "safety_open": ("? safety not shown", "? 安全性待证"),
    "same": ("≈ no difference that matters", "≈ 差别不大"),
    "keep": ("= keep", "= 维持现状"),
    "none": ("✗ none", "✗ 均不合格"),
    "partial": ("… early numbers", "… 初步"),
    "withheld": ("? withheld", "? 暂缓采用"),
    "given": ("✓ adopt, given the assumptions", "✓ 在现有假设下采用"),
    "pilot": ("? pilot first", "? 先试点"),
}
ARMS = (
    ("nothing", "不联系"),
    ("message", "短信"),
    ("bot", "机器人"),
    ("person", "人工"),
    ("letter", "信函"),
)
#: The twin floors.
THEATRE = {
    "away": ("gone", "已离开"),
    "late": ("late, waiting", "逾期待处理"),
    "seats": ("seats", "坐席"),
    "promise": ("promised", "已承诺"),
    "plan": ("on a plan", "协商分期"),
    "visit": ("visited", "外访"),
    "court": ("court, agency", "诉讼与委外"),
    "paid": ("not late", "未逾期"),
    "undone": ("undone", "未完成"),
    "cash": ("cash, CNY", "回款（元）"),
    "cost": ("cost, CNY", "成本（元）"),
    "complaints": ("expected complaints", "预期投诉"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "day": ("Day", "天"),
    "speed": ("Speed", "速度"),
    "back": ("One day back", "后退一天"),
    "on": ("One day on", "前进一天"),
    "click": ("Click a person to see both lives.", "点击任一人，查看两种人生。"),
    "person": ("Borrower {n}", "借款人 {n}"),
    "next": ("Another borrower", "换一位"),
    "close": ("Close", "关闭"),
    "first": ("Day {d}, first divergence: {cause}", "第 {d} 天首次分歧：{cause}"),
    "never": ("Both lives are the same.", "两种人生完全相同。"),
    "policy": ("the strategies act differently", "策略不同"),
    "queue": ("the same work, but the seat was busy", "动作相同，坐席繁忙"),
    "means": ("the same work by other means", "动作相同，手段不同"),
    "picture": (
        "Two call floors side by side with the same borrowers and the same luck.",
        "两个坐席现场并排：借款人相同，运气相同。",
    ),
    "signs": (
        "Ring: call · ● paid · ✉ message · ✸ anger · ▪ work left undone",
        "圈：通话 · ● 还款 · ✉ 信息 · ✸ 不满 · ▪ 未完成作业",
    ),
}
MARKS = {
    "assumed": ("assumed", "假设"),
    "estimated": ("estimated", "估计"),
    "cited": ("cited", "引用"),
}

# fmt: off
TEXT: dict[str, tuple[str, str]] = {
    "about_level": ("{m} under {X}: the average of {n} runs, {u}", "“{X}”的{m}：{n} 次模拟的平均，{u}"),
    "about_gap": ("{m}: {X} less {C}, the same borrowers and luck in {n} runs, {u}", "{m}：“{X}”减“{C}”，{n} 次模拟中借款人与运气相同，{u}"),
    "book_sum": (
        "The sum: {V} per 1,000 accounts × {n} accounts in a quarter = {B}. They are the {N} accounts of the real book and those that come in during the quarter.",
        "算式：每千户 {V} × 一个季度的 {n} 户 = {B}。户数为实际规模 {N} 户与当季新增逾期账户之和。"),
    # how open claims are valued, and where the doubt comes from
    "valued_played": ("What is open at the end is played on for a year under “{who}”, the same for all: no entrants, same luck, sold when half a year late.",
        "期末未结债权一律按“{who}”续算一年：无新增客户、随机性相同，逾期半年即出售。"),
    "valued_own": ("What is open at the end is played on for a year, each strategy under its own practice: no entrants, same luck.",
        "期末未结债权由各策略按自身做法续算一年：无新增客户、随机性相同。"),
    "valued_table": ("What is open at the end is looked up in a run-off table, which does not see what a strategy did to the borrower: nobody is adopted by it whom it was not measured to value right.",
        "期末未结债权按估值表查得；该表看不到策略对客户造成的影响，未经证实的策略不会据此采用。"),
    "horizons": ("{who}, net value by how long open claims are played on: {parts}.", "“{who}”净收益（按未结债权续算天数）：{parts}。"),
    "on_days": ("{n} days {d} ({lo} to {hi})", "{n} 天 {d}（{lo} 至 {hi}）"),
    "late_cash": ("“{added}” is what was paid while late, beyond what comes without collecting; “{cash}” is "
        "every payment and sale, discounted. {who} against {C}: {late} paid while late, {rest} paid on time (after a "
        "cure, or under a plan) or by sale, together {sum}.",
        "“{added}”只计逾期期间的还款，减去不催收也会收回的部分；“{cash}”计全部还款与出售的现值。"
        "“{who}”比“{C}”：逾期期间还款 {late}，按时还款（恢复正常后或分期中）与出售 {rest}，合计 {sum}。"),
    "doubts": ("{who}, what moves the difference of one replication ({k} drawings of pool and fit): {parts}.",
        "“{who}”单次模拟差异的来源（客户池与模型各抽取 {k} 次）：{parts}。"),
    "from_all": ("luck and pool together ±{sd}", "随机性与客户池合计 ±{sd}"),
    "from_luck": ("luck ±{sd}", "随机性 ±{sd}"),
    "from_pool": ("pool ±{sd}", "客户池 ±{sd}"),
    "from_fit": ("fit of the models ±{sd}", "模型拟合 ±{sd}"),
    # the decision table
    "metric": ("Metric", "指标"),
    "baseline": ("baseline, absolute", "基准，绝对值"),
    "reference": ("reference, absolute", "参照，绝对值"),
    "wins": ("ahead in {k} of {n} runs", "{n} 次模拟中领先 {k} 次"),
    "decides": ("decides", "决定"),
    "limits": ("limits", "限制"),
    "unpaid": ("Without a price", "未计成本"),
    "limit": ("may worsen by {m} at most", "最多变差 {m}"),
    "caption": (
        "Differences from {C}. The small range is the 95 % interval of the average difference; in the rows marked “decides” and “limits” the ranges hold together, in the others each for itself. {n} runs.",
        "与“{C}”的差异；小字为平均差异的 95% 区间：标有“决定”和“限制”的行已一并校正，其余各行未校正。共 {n} 次模拟。"),
    "caption_alone": ("Averages over {n} runs; nothing is compared.", "{n} 次模拟的平均值；无对比方案。"),
    "caption_few": ("Differences from {C}. {n} runs.", "与“{C}”的差异；共 {n} 次模拟。"),
    "few": ("Only {n} runs: no intervals, no colours, no verdict below {N}.",
        "仅 {n} 次模拟：少于 {N} 次时不给区间、颜色和结论。"),
    "how_counted": ("How open claims are counted, and where the doubt comes from",
        "未结债权如何计值，不确定性从何而来"),
    "no_colours": ("Colours appear from {N} runs on.", "满 {N} 次后才着色。"),
    "none_done": ("No run is finished for every strategy yet: there is nothing to compare.",
        "尚无一次模拟在全部策略下完成，暂无可比。"),
    "missing": ("No number in these runs: {names}.", "这些模拟中无数据：{names}。"),
    "same_way": ("may not worsen", "不得变差"),
    "points": ("{u}; differences in pp", "{u}；差异为个百分点"),
    # the head
    "n_strategies": ("{n} strategies", "{n} 种策略"),
    "n_accounts": ("{n} accounts ({ratio})", "{n} 户（{ratio}）"),
    "of_book": ("1 : {r} of the real book", "实际规模的 1 : {r}"),
    "of_file": ("from a portfolio file", "来自资产包文件"),
    "n_days": ("{n} days", "{n} 天"),
    "n_runs": ("{n} runs", "{n} 次模拟"),
    "n_runs_of": ("{n} of {N} runs", "{n}/{N} 次模拟"),
    "rules": ("rules {pack}", "规则 {pack}"),
    "unlawful": ("UNLAWFUL: sandbox or rules suspended", "违法：沙盒或停用规则"),
    "regimes": ("law or costs change in month {months}", "第 {months} 月起规则或成本变化"),
    "in_place": ("in place", "已到位"),
    "from_today": ("from today", "自今日启动"),
    "same": ("same budget", "同等预算"),
    "own": ("own budget", "各自预算"),
    "book_new": ("new people in every run", "每次模拟换一批客户"),
    "book_same": ("the same accounts in every run", "每次模拟使用相同账户"),
    "book_frozen": ("the same people in every run", "每次模拟使用相同客户"),
    "why_in_place": ("In place: each strategy plays as it is once rolled out; its one-off cost is spread over {m} months.",
        "已到位：各策略按全面推行后的状态运行，一次性成本按 {m} 个月分摊。"),
    "why_from_today": ("From today: each strategy grows out of today's phone practice, with its lead time and ramp-up.",
        "自今日启动：各策略从现有电话催收起步，计入准备期和爬坡期。"),
    "why_same": ("Same budget: {b} a month for the real book is the ceiling for every strategy; what it does not spend counts as saved.",
        "同等预算：各策略均以实际规模每月 {b} 为上限，未用部分计为节省。"),
    "why_own": ("Own budget: each strategy has the seats it declares, whatever they cost.",
        "各自预算：各策略按自身声明的坐席配置，成本照实计入。"),
    "why_new": ("Book: people and luck are drawn anew in every run, the same for every strategy. The ranges speak of the population that such borrowers come from.",
        "资产：每次模拟重新抽取客户与运气，各策略相同。区间针对此类客户的总体。"),
    "why_same_book": ("Book: the accounts are the same in every run; what cannot be seen in them, and luck, are drawn anew. The ranges speak of this book.",
        "资产：每次模拟账户相同，不可见状态与运气重新抽取。区间针对这一资产包。"),
    "why_frozen": ("Book: the people are the same in every run, what cannot be seen in them too; only luck differs. The ranges speak of luck alone.",
        "资产：每次模拟客户及其不可见状态均相同，仅运气不同。区间只反映运气。"),
    # the verdict
    "verdict": ("Verdict", "结论"),
    "luck": ("Luck", "运气"),
    "assumptions": ("Assumptions", "假设"),
    "untested": ("Not yet tested against the assumptions: {assumed} of {all} inputs are assumed, {estimated} estimated, {cited} cited.",
        "尚未检验假设的影响：{all} 项输入中 {assumed} 项为假设，{estimated} 项为估计，{cited} 项有引用。"),
    "constant": ("A simulation: {assumed} of {all} inputs are assumptions. It ranks strategies for a test; it does not replace one.",
        "这是模拟：{all} 项输入中 {assumed} 项为假设。它用于挑选值得试点的方案，不能代替试点。"),
    "starved_money": ("{X} could not pay for {n} of its {N} {what} in an average run: its purse is too small.",
        "“{X}”平均每次模拟有 {N} 次{what}，其中 {n} 次无经费可用：渠道经费不足。"),
    "starved_seat": ("{X} found no seat for {n} of its {N} {what} in an average run: it has too few people.",
        "“{X}”平均每次模拟有 {N} 次{what}，其中 {n} 次无人作业：坐席不足。"),
    "starved_closed": ("{X} wished {n} of its {N} {what} of a desk that it does not have in an average run.",
        "“{X}”平均每次模拟有 {N} 次{what}，其中 {n} 次无对应岗位。"),
    "failed": ("{f} of {N} plays failed and are left out: {reason}.",
        "{N} 次运行中有 {f} 次失败，未计入：{reason}。"),
    # sections
    "table": ("Decision table", "决策表"),
    "how": ("How this was run", "运行方式"),
    "pictures": ("Pictures", "图示"),
    "strategies": ("The strategies", "策略"),
    "learned": ("What the models learned", "模型学到了什么"),
    "information": ("For information: all other metrics", "仅供参考：其他指标"),
    "summary": ("Statistics by strategy", "各策略统计"),
    "saved": ("What shared luck saved", "共用随机数的效果"),
    "inputs": ("Every input: value, mark and source", "全部输入：取值、标记与来源"),
    "cannot": ("What a simulation cannot say", "模拟不能说明什么"),
    "again": ("Run it again", "重新运行"),
    "versions": ("Versions", "版本"),
    # statistics
    "title": ("Strategy", "策略"),
    "mean": ("Mean", "均值"),
    "interval": ("95 % interval", "95% 区间"),
    "spread": ("Nine in ten runs", "九成的模拟"),
    "unit": ("Unit", "单位"),
    "p_best": ("Best on average, given these runs", "就目前运行而言平均最优的可能"),
    "p_better": ("Better than {C} on average", "平均优于“{C}”的可能"),
    "wins_head": ("Ahead of {C}", "领先“{C}”"),
    "k_of_n": ("{k} of {n} runs", "{n} 次中 {k} 次"),
    "ratio": ("Variance against independent luck", "与独立随机数相比的方差"),
    "saved_runs": ("Runs saved", "节省的模拟次数"),
    "saved_why": ("Every strategy meets the same people with the same luck. Below 1 that narrows the difference; the runs saved are what independent luck would need more for the same range.",
        "各策略面对相同的客户与运气。比值低于 1 表示差异更易看清；“节省的模拟次数”是独立随机数达到同样区间所需的额外次数。"),
    # models
    "rows": ("Rows by arm", "各组样本数"),
    "auc": ("AUC by arm, on rows kept aside", "各组 AUC（留出样本）"),
    "calibration": ("Paid: observed, promised by the model", "还款率：实际、模型预测"),
    "uplift": ("Effect of a person's call where the model promises much, little", "模型预期效果高、低两半中人工致电的实际效果"),
    "fallback": ("Fell back to", "退回到"),
    "learned_why": ("Fitted anew for each group of replications, on a randomised log of other borrowers; these are of the first. 0.5 is guessing, 1 is never wrong.",
        "每组模拟均用其他客户的随机化记录重新拟合；此处为第一次拟合的结果。AUC 0.5 等于猜测，1 为从不出错。"),
    # inputs
    "knob": ("Input", "输入"),
    "value": ("Value", "取值"),
    "mark": ("Mark", "标记"),
    "source": ("Source", "来源"),
    "sweep": ("Plausible range", "合理范围"),
    "command": ("On the command line", "命令行"),
    "python": ("In Python", "Python"),
    "no_script": ("The pictures need a browser that runs scripts; every number is in the tables.",
        "图示需要浏览器支持脚本；所有数字均在表格中。"),
}

CANNOT: tuple[tuple[str, str], ...] = (
    ("It does not forecast your cash: most inputs are assumptions, and the level of every number hangs on them.",
     "它不能预测贵司的回款：多数输入是假设，每个数字的水平都取决于它们。"),
    ("The ranges show luck only. They do not shrink or grow with how wrong an assumption is.",
     "区间只反映运气，不反映假设本身的偏差。"),
    ("Borrowers follow equations. People who react in ways nobody wrote down are not in it.",
     "客户按方程行事；未写入方程的反应不在其中。"),
    ("Rules are those in force on each month's first day; laws that nobody has announced are not foreseen.",
     "规则为每月首日有效的版本，未预见尚未公布的法律变化。"),
    ("Competitors, public mood and the economy stay as the scenario says.",
     "同业、舆情和经济状况保持情景设定不变。"),
    ("It does not say that an organisation can do what a strategy asks of it.",
     "它不能说明组织是否真能做到策略的要求。"),
    ("It ranks what deserves a pilot with a control group. Only the pilot says what works.",
     "它用于挑选值得做对照试点的方案；是否有效，只有试点能回答。"),
)
# fmt: on


def text(key: str, lang: str, **words: object) -> str:
    """Return one fixed sentence in *lang*, its words filled in."""
    said = TEXT[key][lang == "zh"]
    return (said if lang == "zh" else figures.singular(said, words)).format(**words)


def pick(pair: tuple[str, str], lang: str) -> str:
    """Return the English or the Chinese of a pair."""
    return pair[lang == "zh"]


def missing(lang: str) -> str:
    """Return the word for a number that does not exist."""
    return figures.MISSING[lang]
