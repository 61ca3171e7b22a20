using System.Text;
using LoraFunctions.Imaging.Metadata;
using LoraFunctions.Jobs.Labelling;
using LoraFunctions.Jobs.Training.Configuration;
using LoraFunctions.Pipeline.Comparisons;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Benchmarks.Fuzzing;

/// <summary>
/// Files of text: valid ones with pieces of their format put in, taken out, doubled and exchanged, thousands of one piece, and bytes that are no
/// UTF-8.
/// </summary>
internal static class TextFuzz
{
    /// <summary>Repeated, these come to about 20,000 characters, where nesting and searching would show.</summary>
    private const int Many = 20_000;

    private static readonly DateTimeOffset Now = new(2026, 11, 27, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Any =
    [
        " ", "\n", "\n\n", "\r\n", "\t", ",", ":", "\"", "'", "\\", "{", "}", "[", "]", "<", ">", "(", ")", "|", "-", "#", "=", "0", "-1", "1e9", "1e999", "0.5", ".",
        "99999999999999999999", "NaN", "Infinity", "true", "null", "٣", "红色", "，", "😀", "\0", "\u0085", "\u200b", "\u2028", "\ufeff", "a", "aaaaaaaaaa", "{left}", "{colour}",
    ];

    private static readonly string[] YamlPieces =
    [
        .. Any, ": ", "- ", "? ", "\n  ", "\n    - ", "&a ", "*a", "<<: *a", "&a [*a, *a]", "!!binary ", "!!map ", "!x ", "|\n", ">-\n", "---\n", "...\n", "%YAML 1.2\n", "~",
        ".inf", ".nan", "0x7f", "0o7", "1_000", "yes", "\"\\x", "\"\\u12", "{a: ", "[a, ", "a: b\n", "a:\n  ", "- - - ",
    ];

    private static readonly string[] XmlPieces =
    [
        .. Any, "</", "/>", "<a>", "</a>", "<a b=\"c\">", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "&amp;", "&#0;", "&#x10FFFF;", "<?a ?>", "xmlns:",
        "rdf:about=\"\"", "TC260:AIGC", "{\"Label\":", "&quot;",
    ];

    private static readonly string[] InfotextPieces =
    [
        .. Any, "\nSteps: ", "Steps: 20", "\nNegative prompt: ", ", Sampler: ", ", Size: 1x1", ", Seed: ", ", Composition: Halves", ", Region 1: \"", ", Hires resize: 8x8", "Lora hashes: \"",
        "\\\"", "\\u12", "a b-c/d ",
    ];

    private static readonly string[] JsonPieces = [.. Any, "{\"", "\": ", "\", \"", "[{", "}]", "\\u0000", "\\ud800", "\"make\"", "\"listedAt\"", "\"2026-02-30\"", "1E+400", "//", "/*"];

    private static readonly string[] CsvPieces = [.. Any, "\"\"", "\",\"", "img01.jpg,\"", "\"\n\"", "../", "file_name,text\n", ",,,"];

    public static FuzzTarget Training => OfFile(YamlPieces, path => _ = TrainingConfigurationReader.Read([path]), File.ReadAllText(Repository("infra/config/training/default.yaml")), """
        train_data_dir: cars
        metadata_path: cars/metadata.csv
        base_model: sd15.safetensors
        lora_rank: 8
        lora_alpha: 16
        lora_dropout: 0.1
        learning_rate: 2e-4
        batch_size: 4
        epochs: 15
        output_dir: out
        save_steps: 100
        """, "lora_rank: 4\ntrain_data_dir: cars\nbase_model: sd15.safetensors\noutput_dir: out\n");

    public static FuzzTarget Comparisons => Of(YamlPieces, bytes => _ = ComparisonsReader.Read("fuzzed", bytes), File.ReadAllText(Repository("infra/config/comparisons.yaml")));

    public static FuzzTarget Labels => OfFile(YamlPieces, path => _ = LabelTableReader.Read(path), File.ReadAllText(Repository("infra/config/labels.yaml")));

    public static FuzzTarget BrandSafety => Of(
        YamlPieces, bytes => _ = Pipeline.Comparisons.BrandSafety.Read("fuzzed", bytes), "never_render:\n  makes: [Tesla]\n  models:\n    - byd-han-ev-2024\n  words: [secret, 秘密]\n");

    public static FuzzTarget Vehicle => Of(
        JsonPieces,
        bytes => _ = VehicleReader.Read(bytes, Now),
        """{"make": "Tesla", "model": "Model Y", "year": 2024, "features": ["hidden door handles"], "price": 250000, "released": true, "listedAt": "2025-03-01T09:30:00+08:00"}""");

    public static FuzzTarget Captions => Of(
        CsvPieces, bytes => _ = CaptionFile.Parse("fuzzed", bytes), "img01.jpg,\"Tesla Model Y, hidden door handles, side view\"\nimg02.jpg,\"a \"\"b\"\"\"\n", "file_name,text\na b.png,x\n");

    public static FuzzTarget Infotext => Of(
        InfotextPieces,
        bytes => _ = Jobs.Rendering.Infotext.Parse(Encoding.UTF8.GetString(bytes)),
        "(sedan:1.3), <lora:a:0.8>\nNegative prompt: low quality, blurry\nSteps: 20, Sampler: Euler, Schedule type: Karras, CFG scale: 7.5, Seed: 1, Size: 768x512, Model hash: 6ce0161689, "
            + "Lora hashes: \"a: 0123456789ab, b: ba9876543210\", Composition: Halves, Layout: SideBySide, Region 1: \"a, b\", Region 2: c, Denoising strength: 0.6, Hires resize: 1536x1024");

    public static FuzzTarget Xmp => Of(XmlPieces, bytes => XmpPacket.ReadLabel(bytes), Encoding.UTF8.GetString(XmpPacket.Build(new AiLabel("LoraFunctions", "42"))));

    /// <summary>A reader of files gets each input as one; beside it lies what the samples name.</summary>
    private static FuzzTarget OfFile(string[] pieces, Action<string> read, params string[] samples)
    {
        // In memory where there is such a folder: a million files are much for a disk.
        var folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"lora-fuzz-{Environment.ProcessId}")).FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(Path.Combine(folder, "cars"));
        File.WriteAllText(Path.Combine(folder, "cars", "metadata.csv"), "a.png,a car\n");
        File.WriteAllText(Path.Combine(folder, "sd15.safetensors"), "");
        var path = Path.Combine(folder, "fuzzed.yaml");
        return Of(pieces, bytes =>
        {
            File.WriteAllBytes(path, bytes);
            read(path);
        }, samples);
    }

    private static FuzzTarget Of(string[] pieces, Action<byte[]> read, params string[] samples) => new(
        random => Bytes(random, pieces, samples),
        input =>
        {
            try
            {
                read(input);
                return true;
            }
            catch (Exception refused) when (refused is InvalidJobInputException or InvalidDataException or MetadataException)
            {
                return refused.Message.Length > 0 ? false : throw new InvalidOperationException("refused without a reason", refused);
            }
        });

    private static byte[] Bytes(Random random, string[] pieces, string[] samples)
    {
        var bytes = Encoding.UTF8.GetBytes(Text(random, pieces, samples));
        if (random.Next(8) == 0 && bytes.Length > 0)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }

    private static string Text(Random random, string[] pieces, string[] samples)
    {
        string Piece() => random.Next(12) == 0 ? ((char)random.Next(0x10000)).ToString() : pieces[random.Next(pieces.Length)];
        if (random.Next(1000) == 0)
        {
            var (piece, tail) = (Piece(), Piece());
            return string.Concat(Enumerable.Repeat(piece, Many / piece.Length)) + string.Concat(Enumerable.Repeat(tail, Many / 10 / tail.Length));
        }

        if (random.Next(4) == 0)
        {
            return string.Concat(Enumerable.Range(0, random.Next(60)).Select(_ => Piece()));
        }

        var text = new StringBuilder(samples[random.Next(samples.Length)]);
        for (var edits = random.Next(8); edits > 0 && text.Length > 0; edits--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 1 << random.Next(1, 7)), text.Length - at);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                case 2:
                    text.Remove(at, length).Insert(at, Piece());
                    break;
                default:
                    text.Insert(at, Piece());
                    break;
            }
        }

        return text.ToString();
    }

    /// <summary>A file of the repository that this was built in.</summary>
    private static string Repository(string path)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LoraFunctions.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} lies in no checkout.");
        }

        return Path.Combine(folder, path);
    }
}
