using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Contracts;

/// <summary>
/// The one place that takes secrets out of texts for people: account keys, the signatures of shared access, tokens. Whatever is said, logged
/// or reported goes through it, because an exception's message may hold what a person gave, or an address with its signature.
/// </summary>
public static partial class Secrets
{
    private const string Hidden = "***";
    private const int TimeLimit = 1000;

    public static string Redact(string text)
    {
        text = NamedValue().Replace(text, $"${{keep}}{Hidden}");
        text = Signature().Replace(text, $"${{keep}}{Hidden}");
        text = Token().Replace(text, $"${{keep}}{Hidden}");
        text = UserInfo().Replace(text, $"${{keep}}{Hidden}@");
        return AccountKey().Replace(text, Hidden);
    }

    /// <summary>A writer whose lines hold no secrets. Lines must be written whole.</summary>
    public static TextWriter Redacting(TextWriter writer) => new RedactingWriter(writer);

    /// <summary>Of a connection string, also misspelt or as JSON: everything to the next separator.</summary>
    [GeneratedRegex(
        """(?<keep>(?:\w*(?:acc|storage|secret)\w*key|shared\s*access\s*\w+|client\s*secret|password)["']?\s*(?:=|:\s|:["'])\s*["']?)[^\s;"',]+""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeLimit)]
    private static partial Regex NamedValue();

    /// <summary>Of a shared access signature, or the key of a function, as part of an address, perhaps encoded once more.</summary>
    [GeneratedRegex(
        """(?<keep>(?:(?<![a-z0-9])|(?<=%[0-9a-f]{2}|\\u[0-9a-f]{4}))(?:sig|signature|code(?=\S{21}))(?:=|%(?:25)*3d|\\u003d))[a-z0-9%+/=_\\.~-]+""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeLimit)]
    private static partial Regex Signature();

    [GeneratedRegex(
        """(?<keep>bearer\s+|SharedKey(?:Lite)?\s+\w+:)[a-z0-9._~+/=-]{16,}""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeLimit)]
    private static partial Regex Token();

    [GeneratedRegex("""(?<keep>://)[^\s/:@]+:[^\s/@]+@""", RegexOptions.CultureInvariant, TimeLimit)]
    private static partial Regex UserInfo();

    /// <summary>64 bytes as base64, wherever they stand.</summary>
    [GeneratedRegex("(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}==", RegexOptions.CultureInvariant, TimeLimit)]
    private static partial Regex AccountKey();

    private sealed class RedactingWriter(TextWriter inner) : TextWriter
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void Write(string? value) => inner.Write(value is null ? null : Redact(value));

        public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : Redact(value));

        public override void Flush() => inner.Flush();
    }
}
