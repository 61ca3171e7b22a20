using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>
/// Words that stand nowhere in what is rendered, however they are written: in full-width or other compatibility letters, with accents, in Cyrillic
/// or Greek letters and digits that look like Latin ones, spaced out, or cut by a prompt's brackets and weights.
/// </summary>
internal sealed partial class BlockedWords
{
    /// <summary>Shorter words are only found as words of their own: "kia" is no part of "Slovakia".</summary>
    private const int LeastInside = 5;

    private const string LookAlikes =
        "аaбbвbгrеeёeзeиuіlїlјjкkмmнhоoпnрpсcтtуyхxчhѕsԁdԛqԝwӏl" // Cyrillic
        + "αaβbγyδdεeηnιlκkμmνvοoρpσoτtυuχxωw" // Greek
        + "il1l|l0o3e4a5s$s7t@aßs"; // digits and signs; i, 1 and l are one

    // A letter, then those that are it with an accent. (Unicode's own tables are not at hand: the programs run without ICU.)
    private const string Accented =
        "aàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ bḃḅḇ cçćĉċčḉ dďḋḍḏḑḓ eèéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ fḟ gĝğġģǧǵḡ hĥȟḣḥḧḩḫẖ iìíîïĩīĭįǐȉȋḭḯỉị "
        + "jĵǰ kķǩḱḳḵ lĺļľḷḹḻḽ mḿṁṃ nñńņňǹṅṇṉṋ oòóôõöōŏőơǒǫǭȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ pṕṗ rŕŗřȑȓṙṛṝṟ sśŝşšșṡṣṥṧṩ tţťțṫṭṯṱẗ "
        + "uùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự vṽṿ wŵẁẃẅẇẉẘ xẋẍ yýÿŷȳẏẙỳỵỷỹ zźżžẑẓẕ";

    private const int FullWidth = '！' - '!';

    private static readonly Dictionary<char, char> Plain = LookAlikes.Chunk(2).Select(pair => (Like: pair[0], Is: pair[1]))
        .Concat(Accented.Split(' ').SelectMany(group => group.Skip(1).Select(letter => (Like: letter, Is: group[0] == 'i' ? 'l' : group[0]))))
        .ToDictionary(pair => pair.Like, pair => pair.Is);

    private readonly IReadOnlyList<(string Word, string Skeleton)> _words;

    public BlockedWords(IEnumerable<string> words) =>
        _words = [.. words.Select(word => (word, string.Concat(Units(word)))).Where(pair => pair.Item2.Length > 0)];

    /// <returns>The first word, as the rule has it, that the text holds; null when it holds none.</returns>
    public string? FindIn(string text)
    {
        var units = Units(text);
        return _words.FirstOrDefault(pair => Holds(units, pair.Skeleton)).Word;
    }

    private static bool Holds(IReadOnlyList<string> units, string skeleton)
    {
        for (var first = 0; first < units.Count; first++)
        {
            if (skeleton.Length >= LeastInside && units[first].Contains(skeleton, StringComparison.Ordinal))
            {
                return true;
            }

            // "t e s l a", and words of a name.
            var joined = "";
            for (var last = first; last < units.Count && joined.Length < skeleton.Length; last++)
            {
                joined += units[last];
                if (joined == skeleton)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>What stands between blanks, in plain letters; a prompt's brackets, escapes and weights are nothing.</summary>
    private static List<string> Units(string text) =>
    [
        .. Weight().Replace(string.Concat(text.Select(Narrow)), "")
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(Skeleton)
            .Where(unit => unit.Length > 0),
    ];

    private static string Skeleton(string unit)
    {
        var plain = new StringBuilder();
        foreach (var character in unit.ToLowerInvariant())
        {
            var letter = Plain.GetValueOrDefault(character, character);
            if (char.IsLetterOrDigit(letter))
            {
                plain.Append(letter);
            }
        }

        return plain.ToString();
    }

    private static char Narrow(char character) => character switch
    {
        >= '！' and <= '～' => (char)(character - FullWidth),
        '\u3000' => ' ',
        _ => character,
    };

    [GeneratedRegex(@":\s*[0-9.]+(?=\s*[)\]])|[,;]", RegexOptions.CultureInvariant)]
    private static partial Regex Weight();
}
