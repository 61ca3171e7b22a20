using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using CsCheck;
using LoraFunctions.Imaging.Codecs;
using LoraFunctions.Imaging.Metadata;
using Shouldly;
using Xunit;

namespace LoraFunctions.Imaging.Tests.Codecs;

/// <summary>Broken and lying files: always one exception with a reason, never a crash, a grey half or a huge allocation.</summary>
public sealed class UnreadableFileTests
{
    [Fact]
    public void Decode_EmptyFile_SaysSo() => ReasonOf([]).ShouldBe(UnreadableReason.Empty);

    [Fact]
    public void Decode_TextNamedAsPicture_IsAnUnknownFormat()
    {
        var text = Encoding.UTF8.GetBytes("<html><body>404 Not Found</body></html>");

        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(text));

        error.Reason.ShouldBe(UnreadableReason.UnknownFormat);
        error.Message.ShouldContain("neither JPEG, PNG, WebP, BMP, GIF nor TIFF");
    }

    public static TheoryData<string> WholeFiles() =>
        ["baseline.jpg", "progressive.jpg", "grey.jpg", "palette.png", "alpha.png", "interlaced.png", "lossless.webp", "lossy.webp",
            "made.bmp", "palette.bmp", "made.gif", "plain.tif", "lzw.tif", "deflate.tif"];

    [Theory]
    [MemberData(nameof(WholeFiles))]
    public void Decode_CutAnywhere_IsUnreadable(string name)
    {
        var file = Pictures.Asset(name);
        var whole = ImageCodec.Decode(file);
        whole.Width.ShouldBe(48);

        for (var length = 1; length < file.Length; length++)
        {
            var cut = file[..length];
            try
            {
                // GIF and TIFF may have something behind their pixels: a trailer, the name of a program.
                ImageCodec.Decode(cut).Pixels.ShouldBe(whole.Pixels, $"{name} cut to {length} of {file.Length} bytes");
                (file.Length - length).ShouldBeLessThan(name.EndsWith(".gif", StringComparison.Ordinal) ? 2 : name.EndsWith(".tif", StringComparison.Ordinal) ? 40 : 0);
            }
            catch (UnreadableImageException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public void Decode_LargeJpegCut_IsTruncated(double part)
    {
        var file = ImageCodec.EncodeJpeg(Pictures.Scene(800, 600), 85);

        ReasonOf(file[..(int)(file.Length * part)]).ShouldBe(UnreadableReason.Truncated);
    }

    [Fact]
    public void Decode_TailOfZeros_IsTruncated()
    {
        var file = ImageCodec.EncodeJpeg(Pictures.Scene(800, 600), 85);
        file.AsSpan(file.Length / 2).Clear();

        ReasonOf(file).ShouldBe(UnreadableReason.Truncated);
    }

    [Fact]
    public void Decode_HeaderPromisesMorePixelsThanAllowed_IsRefusedBeforeDecoding()
    {
        var file = WithPngSize(ImageCodec.EncodePng(Pictures.Scene(16, 16)), 100_000, 100_000);

        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file));

        error.Reason.ShouldBe(UnreadableReason.TooManyPixels);
        error.Message.ShouldContain("100000x100000");
        error.Message.ShouldContain(DecodeOptions.DefaultMaxPixels.ToString());
    }

    [Fact]
    public void Decode_PngHeaderLiesAboutItsHeight_IsUnreadable()
    {
        var file = WithPngSize(ImageCodec.EncodePng(Pictures.Scene(16, 16)), 16, 2000);

        ReasonOf(file).ShouldBe(UnreadableReason.Truncated);
    }

    [Fact]
    public void Decode_JpegHeaderLiesAboutItsHeight_IsUnreadable()
    {
        var file = ImageCodec.EncodeJpeg(Pictures.Solid(64, 64, 90, 90, 90), 80);
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), 6400);

        ReasonOf(file).ShouldBe(UnreadableReason.Truncated);
    }

    [Fact]
    public void Decode_MoreBytesThanAllowed_NamesBothNumbers()
    {
        var file = ImageCodec.EncodePng(Pictures.Scene(64, 64));

        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file, new DecodeOptions { MaxBytes = 100 }));

        error.Reason.ShouldBe(UnreadableReason.TooManyBytes);
        error.Message.ShouldContain($"{file.Length} bytes");
        error.Message.ShouldContain("at most 100");
    }

    [Fact]
    public void Decode_DamagedPngPart_IsNamedWithItsPlace()
    {
        var file = ImageCodec.EncodePng(Pictures.Scene(64, 64));
        file[file.AsSpan().IndexOf("IDAT"u8) + 20] ^= 0x55;

        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file));

        error.Reason.ShouldBe(UnreadableReason.Damaged);
        error.Message.ShouldContain("checksum");
    }

    [Theory]
    [InlineData("ftypheic", "HEIC")]
    [InlineData("ftypmif1", "HEIC")]
    [InlineData("ftypavif", "AVIF")]
    [InlineData("ftypisom", "video")]
    [InlineData("JXL \r\n", "JPEG XL")]
    public void Decode_KindsThatAreNotRead_AreNamedWithWhatToDo(string start, string kind)
    {
        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode([0, 0, 0, 24, .. Encoding.ASCII.GetBytes(start), .. new byte[100]]));

        error.Reason.ShouldBe(UnreadableReason.Unsupported);
        error.Message.ShouldContain(kind);
        error.Message.ShouldContain("convert it to JPEG");
    }

    [Theory]
    [InlineData(0xC3, "lossless")]
    [InlineData(0xC9, "arithmetic")]
    [InlineData(0xC5, "hierarchical")]
    public void Decode_RareJpeg_IsNamed(byte frame, string kind)
    {
        var file = Pictures.Asset("baseline.jpg");
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = frame;

        var error = Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file));

        error.Reason.ShouldBe(UnreadableReason.Unsupported);
        error.Message.ShouldContain(kind);
    }

    // The image library's decoder of fax codes writes outside its row: such files must not reach it.
    [Theory]
    [InlineData(259, 3, "compression 3")]
    [InlineData(259, 4, "compression 4")]
    [InlineData(262, 5, "CMYK")]
    public void Decode_RareTiff_IsNamed(int tag, byte value, string kind)
    {
        var file = Pictures.Asset("plain.tif");
        var at = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(4)) + 2;
        while (BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) != tag)
        {
            at += 12;
        }

        file[at + 8] = value;

        Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file)).Message.ShouldContain(kind);
    }

    // 40 KB that unpack to 40 MB of text: the image library would unpack all of it, however much that is.
    [Fact]
    public void Decode_PngWithATextBomb_NeverUnpacksIt()
    {
        var bomb = new MemoryStream();
        using (var packer = new System.IO.Compression.ZLibStream(bomb, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            packer.Write(new byte[40_000_000]);
        }

        var png = Pictures.Asset("palette.png");
        byte[] file = [.. png[..33], .. Pictures.PngChunk("zTXt"u8, [.. "parameters\0\0"u8, .. bomb.ToArray()]), .. png[33..]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        ImageCodec.Decode(file).Width.ShouldBe(48);
        PictureFile.ReadMetadata(file).Parameters.ShouldBeNull();

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000_000);
    }

    [Fact]
    public void Decode_BytesBehindTheEnd_DoNoHarm()
    {
        byte[] file = [.. Pictures.Asset("baseline.jpg"), .. new byte[100]];

        ImageCodec.Decode(file).Width.ShouldBe(48);
    }

    // Flipped bytes may still be a picture; what they must never be is another kind of failure.
    [Theory]
    [MemberData(nameof(WholeFiles))]
    public void Decode_RandomDamage_GivesAPictureOrTheOneException(string name)
    {
        var file = Pictures.Asset(name);
        Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte).Array[1, 8].Sample(
            flips =>
            {
                var damaged = (byte[])file.Clone();
                foreach (var (at, value) in flips)
                {
                    damaged[at] = value;
                }

                try
                {
                    var image = ImageCodec.Decode(damaged, new DecodeOptions { MaxPixels = 1_000_000 });
                    return image.Pixels.Length == image.Width * image.Height * 3;
                }
                catch (UnreadableImageException e)
                {
                    return e.Message.Length > 0;
                }
            },
            iter: 300,
            seed: "0N0XIzNsQ0O2");
    }

    private static UnreadableReason ReasonOf(byte[] file) => Should.Throw<UnreadableImageException>(() => ImageCodec.Decode(file)).Reason;

    private static byte[] WithPngSize(byte[] png, uint width, uint height)
    {
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        return png;
    }
}
