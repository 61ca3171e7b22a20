using System.Buffers.Binary;
using System.Text;
using LoraFunctions.Diffusion.Checkpoints;
using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
        "tensor 'b'", "overlap tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12,
        "tensor 'b'", "hole of 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "tensor 'a'", "hole of 4 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "tensor 'a'", "leave the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}}""", 4, "tensor 'a'", "leave the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "tensor 'a'", "run backwards")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "tensor 'a'", "F32 [3] does not fill")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "tensor 'a'", "does not fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0,9223372036854775807],"data_offsets":[0,0]}}""", 0, "tensor 'a'", "does not fill")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 6, "file.safetensors:", "2 bytes at the end belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8,
        "tensor 'a'", "appears twice")]
    [InlineData("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a'", "unknown dtype 'F33'")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a'", "unknown dtype 'f32'")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "tensor 'a'", "'shape' is missing")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a'", "'shape' appears twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "tensor 'a'", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "tensor 'a'", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "tensor 'a'", "it takes 2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "tensor 'a'", "more than 2")]
    [InlineData("""{"a":[]}""", 0, "tensor 'a'", "no object")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "__metadata__ 'k'", "only strings")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "file.safetensors:", "__metadata__ appears twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4, "file.safetensors:", "no valid JSON")]
    [InlineData("""{} {}""", 0, "file.safetensors:", "no valid JSON")]
    [InlineData("""[]""", 0, "file.safetensors:", "does not start with '{'")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "file.safetensors:", "no valid JSON")]
    public void Open_HeaderThatLies_NamesFileTensorAndRule(string header, int dataBytes, string where, string rule)
    {
        var fault = Should.Throw<CheckpointException>(() => SafetensorsFile.Open(Content(header, dataBytes), "file.safetensors"));
        fault.Message.ShouldStartWith("file.safetensors: ");
        fault.Message.ShouldContain(where);
        fault.Message.ShouldContain(rule);
        fault.Message.ShouldNotContain('\n');
    }

    [Fact]
    public void Open_HeaderLengthBeyondTheFile_SaysSoWithoutAllocating()
    {
        var cut = Content("{}", 0);
        BinaryPrimitives.WriteUInt64LittleEndian(cut, 99_000_000);
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(cut, "f"))
            .Message.ShouldContain("claims 99000000 bytes, but only 2 follow");
        BinaryPrimitives.WriteUInt64LittleEndian(cut, ulong.MaxValue);
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(cut, "f")).Message.ShouldContain("the limit is 100000000");
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(new byte[5], "f")).Message.ShouldContain("5 bytes");
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(Array.Empty<byte>(), "f")).Message.ShouldContain("0 bytes");
    }

    [Fact]
    public void Open_HostileName_IsShownShortAndWithoutControlCharacters()
    {
        var name = "\\u001b[2J" + new string('x', 5000);
        var fault = Should.Throw<CheckpointException>(
            () => SafetensorsFile.Open(Content($$$"""{"{{{name}}}":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4), "f"));
        fault.Message.ShouldNotContain('\u001b');
        fault.Message.Length.ShouldBeLessThan(500);
        fault.Message.ShouldContain("(5004 characters)");
    }

    [Fact]
    public void Open_NoSuchFile_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(folder.Below("none.safetensors")))
            .Message.ShouldBe($"{folder.Below("none.safetensors")}: there is no such file.");
        Should.Throw<CheckpointException>(() => SafetensorsFile.Open(folder.Path)).Message.ShouldStartWith(folder.Path);
    }

    [Fact]
    public void ReadTensor_DtypeTorchLacks_SaysWhichAndWhatToDo()
    {
        using var file = SafetensorsFile.Open(Content("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", 4), "f");
        file.ByName["a"].Dtype.ShouldBe(SafetensorsDtype.F8_E4M3);
        Should.Throw<CheckpointException>(() => file.ReadTensor("a")).Message.ShouldContain("F8_E4M3");
        Should.Throw<CheckpointException>(() => file.ReadTensor("b")).Message.ShouldContain("no tensor 'b'");
    }

    [Fact]
    public void ReadInto_OtherDtypeAndLayout_Converts()
    {
        using var scope = NewDisposeScope();
        using var stream = new MemoryStream();
        var original = Numbers.Normal(3, 4, 5, 6);
        SafetensorsWriter.Write(stream, [KeyValuePair.Create("w", original.to(float16))]);
        using var file = SafetensorsFile.Open(stream.ToArray(), "f");
        var target = empty(3, 5, 6, 4).permute(0, 3, 1, 2);
        file.ReadInto("w", target);
        target.equal(original.to(float16).to(float32)).all().item<bool>().ShouldBeTrue();
        Should.Throw<CheckpointException>(() => file.ReadInto("w", empty(3, 4, 5)))
            .Message.ShouldContain("is [3, 4, 5, 6], expected [3, 4, 5]");
    }

    [Fact]
    public void ReadTensor_BehindMoreThanTwoGigabytes_ReadsTheRightPlace()
    {
        const long hole = (1L << 31) + (1L << 20);
        using var folder = new TemporaryFolder();
        var header = SafetensorsWriter.Header([("large", SafetensorsDtype.U8, [hole]), ("small", SafetensorsDtype.U8, [4])], null);
        using (var stream = File.Create(folder.Below("large.safetensors")))
        {
            stream.Write(header);
            stream.Position = header.Length + hole;
            stream.Write([1, 2, 3, 4]);
        }

        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(folder.Below("large.safetensors"));
        file.ByName["large"].ElementCount.ShouldBe(hole);
        file.ReadTensor("small").bytes.ToArray().ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public void ReadTensor_CutWhileOpen_SaysTheFileShrank()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.Below("f.safetensors"), [KeyValuePair.Create("w", Numbers.Normal(1000))]);
        using var file = SafetensorsFile.Open(folder.Below("f.safetensors"));

        // Another process: .NET would not let this one write to a file it reads.
        using (var truncate = System.Diagnostics.Process.Start("truncate", ["--size=1000", folder.Below("f.safetensors")]))
        {
            truncate.WaitForExit();
        }

        Should.Throw<CheckpointException>(() => file.ReadTensor("w")).Message.ShouldContain("tensor 'w': the file shrank");
    }

    private static byte[] Content(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var content = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(content, json.Length);
        json.CopyTo(content, 8);
        return content;
    }
}
