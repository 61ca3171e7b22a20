using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using LoraFunctions.Imaging.Metadata;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Metadata;

/// <summary>What we write is read by a program that knows nothing of us.</summary>
public sealed class ExifToolTests
{
    private static readonly AiLabel Label = new("LoraFunctions", "render-42");

    [Theory]
    [InlineData(PictureKind.Png, "PNG:Parameters", "a car\nNegative prompt: blurry\nSteps: 20, Seed: 7")]
    [InlineData(PictureKind.Png, "PNG:Parameters", "城市街景, 比亚迪 汉")]
    [InlineData(PictureKind.Jpeg, "EXIF:UserComment", "a car\nNegative prompt: blurry\nSteps: 20, Seed: 7")]
    [InlineData(PictureKind.Jpeg, "EXIF:UserComment", "城市街景, 比亚迪 汉")]
    [InlineData(PictureKind.WebP, "EXIF:UserComment", "a car\nNegative prompt: blurry\nSteps: 20, Seed: 7")]
    [InlineData(PictureKind.WebP, "EXIF:UserComment", "城市街景, 比亚迪 汉")]
    public void ExifTool_ReadsParametersLabelSourceTypeAndColours(PictureKind kind, string tag, string parameters)
    {
        var file = PictureFile.Encode(Pictures.Scene(96, 64), new PictureMetadata(parameters, Label), kind);

        using var report = JsonDocument.Parse(Run(file));
        var tags = report.RootElement[0];

        tags.TryGetProperty("ExifTool:Warning", out var warning).ShouldBeFalse(warning.ToString());
        tags.GetProperty(tag).GetString().ShouldBe(parameters);
        tags.TryGetProperty(kind == PictureKind.Png ? "PNG:SRGBRendering" : "EXIF:ColorSpace", out _).ShouldBeTrue("it says that it is sRGB");
        tags.GetProperty("XMP:DigitalSourceType").GetString().ShouldBe(AiLabel.DigitalSourceType);
        // exiftool 12 does not know the namespace and writes the name its own way.
        var label = tags.EnumerateObject().Single(tag => tag.Name.Equals("XMP:AIGC", StringComparison.OrdinalIgnoreCase));
        AiLabel.FromJson(label.Value.ToString()).ShouldBe(PictureFile.ReadMetadata(file).Label);
    }

    private static string Run(byte[] file)
    {
        var path = Path.Combine(Path.GetTempPath(), $"lora-exiftool-{Environment.ProcessId}-{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file))[..12]}");
        File.WriteAllBytes(path, file);
        try
        {
            // -n: values, not their translations; -b: structures as JSON text.
            var start = new ProcessStartInfo("exiftool", ["-json", "-G0", "-n", "-b", "-charset", "utf8", path])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                StandardOutputEncoding = Encoding.UTF8,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            process.ExitCode.ShouldBe(0);
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Skip("exiftool is not on the PATH (Debian: libimage-exiftool-perl): that another program reads our metadata was NOT checked.");
            throw;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
