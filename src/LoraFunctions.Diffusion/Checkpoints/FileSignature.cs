using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace LoraFunctions.Diffusion.Checkpoints;

/// <summary>What a file is by its first bytes, where it is not what was asked for; with what to do about it.</summary>
internal static partial class FileSignature
{
    /// <summary>So many first bytes are enough to tell.</summary>
    public const int Looked = 512;

    private const string Convert = "which can run code when it is read; take the model's .safetensors file, or convert this one";
    private const string Archive = "unpack it and give the file in it";

    private static readonly (string Start, string What)[] Signatures =
    [
        ("\u0080\u0002", $"a PyTorch pickle (.ckpt, .pt, .bin), {Convert}"),
        ("\u0080\u0003", $"a PyTorch pickle (.ckpt, .pt, .bin), {Convert}"),
        ("\u0080\u0004", $"a pickle, {Convert}"),
        ("\u0080\u0005", $"a pickle, {Convert}"),
        ("GGUF", "a GGUF file, weights quantised for llama.cpp and its kin; take the model's .safetensors file"),
        ("GGML", "a GGML file, weights quantised for llama.cpp and its kin; take the model's .safetensors file"),
        ("\u0089HDF", "an HDF5 file (Keras); take the model's .safetensors file"),
        ("\u0093NUMPY", "a NumPy array; take the model's .safetensors file"),
        ("\u001f\u008b", $"a gzip archive; {Archive}"),
        ("7z\u00bc\u00af", $"a 7-Zip archive; {Archive}"),
        ("Rar!", $"a RAR archive; {Archive}"),
        ("\u00fd7zXZ", $"an xz archive; {Archive}"),
        ("(\u00b5/\u00fd", $"a Zstandard archive; {Archive}"),
        ("\u0089PNG", "a picture (PNG)"),
        ("\u00ff\u00d8\u00ff", "a picture (JPEG)"),
        ("GIF8", "a picture (GIF)"),
        ("%PDF", "a PDF document"),
    ];

    private static readonly SearchValues<byte> Printable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c), (byte)'\n', (byte)'\r', (byte)'\t']);

    /// <summary>Null when the bytes tell nothing that is known here.</summary>
    /// <param name="first">At least the first <see cref="Looked"/> bytes, or all there are.</param>
    /// <param name="length">Of the whole file.</param>
    public static string? Of(ReadOnlySpan<byte> first, long length)
    {
        first = first[..Math.Min(first.Length, Looked)];
        var text = Encoding.Latin1.GetString(first);
        if (length == 0)
        {
            return "empty, 0 bytes; copy or download it again";
        }

        if (LfsPointer().Match(text) is { Success: true } pointer)
        {
            return $"a Git LFS pointer, a note of {length} bytes that stands for the real file of {pointer.Groups["size"].Value} bytes; fetch that "
                + "with 'git lfs pull', or download it from the model's page";
        }

        if (text.StartsWith("PK\u0003\u0004", StringComparison.Ordinal))
        {
            return text.Contains("data.pkl", StringComparison.Ordinal)
                ? $"a PyTorch pickle (.ckpt, .pt, .bin), {Convert}" : $"a ZIP archive; {Archive}";
        }

        var words = text.TrimStart('\u00ef', '\u00bb', '\u00bf', ' ', '\t', '\r', '\n');
        return Signatures.Where(kind => text.StartsWith(kind.Start, StringComparison.Ordinal)).Select(kind => kind.What).FirstOrDefault()
            ?? (WebPage().IsMatch(words) ? "a web page: the download was answered with a page, often one that asks to log in; download the file itself"
                : words.StartsWith("<?xml", StringComparison.Ordinal) ? "an XML text, often a storage's answer that there is no such file or no access; download it again"
                : first.Length == Looked && !first.ContainsAnyExcept((byte)0) ? "nothing but zeros at its beginning: a copy or download that did not end; fetch it again"
                : null);
    }

    /// <summary>As <see cref="Of"/>, where weights are wanted: those are no text.</summary>
    public static string? NotWeights(ReadOnlySpan<byte> first, long length) =>
        Of(first, length)
        ?? (first.TrimStart(" \t\r\n"u8).StartsWith("{"u8) ? "a JSON text: a configuration, or a server's answer in place of the file; give the weights"
            : !first.ContainsAnyExcept(Printable) ? "a text; give the weights"
            : null);

    /// <summary>As <see cref="Of"/>, where a configuration is wanted.</summary>
    public static string? NotText(ReadOnlySpan<byte> first, long length) =>
        Of(first, length)
        ?? (first.Length > 8 && first[8] == (byte)'{' && first[..8].Contains((byte)0) ? "a safetensors file; give the configuration that belongs to it"
            : first.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || first.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) ? "a text in UTF-16; save it as UTF-8"
            : null);

    [GeneratedRegex(@"^version https://git-lfs\.github\.com/spec/v1\n(?s:.*)\nsize (?<size>\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex LfsPointer();

    [GeneratedRegex(@"^<(?:!doctype\s+html|html|head|body)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex WebPage();
}
