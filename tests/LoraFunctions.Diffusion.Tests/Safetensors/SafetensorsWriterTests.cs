using LoraFunctions.Diffusion.Safetensors;
using Shouldly;
using Xunit;
using static TorchSharp.torch;

namespace LoraFunctions.Diffusion.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void Write_EveryDtypeAndShape_ReadsBackEqual()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        ScalarType[] types = [ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Float16, ScalarType.BFloat16,
            ScalarType.Int32, ScalarType.Float32, ScalarType.Float64, ScalarType.Int64];
        var tensors = types.ToDictionary(type => $"of {type}", type => Numbers.Normal(3, 5).Times(3).to(type), StringComparer.Ordinal);
        tensors["scalar"] = tensor(0.5f);
        tensors["empty"] = zeros(0, 7);
        tensors["transposed"] = Numbers.Normal(4, 6).t();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["quote \" \\ \n \u0001"] = "汽车 🚗", ["format"] = "pt" };

        SafetensorsWriter.Write(folder.Below("all.safetensors"), tensors, metadata);
        using var file = SafetensorsFile.Open(folder.Below("all.safetensors"));

        (file.DataOffset % 8).ShouldBe(0);
        file.Metadata.ShouldBe(metadata, ignoreOrder: true);
        file.Entries.Select(entry => entry.Name).ShouldBe(tensors.Keys, ignoreOrder: true);
        file.Entries.Select(entry => entry.Dtype).ShouldBe(file.Entries.Select(entry => entry.Dtype).OrderDescending());
        foreach (var (name, expected) in tensors)
        {
            var actual = file.ReadTensor(name);
            actual.dtype.ShouldBe(expected.dtype, name);
            actual.shape.ShouldBe(expected.shape, name);
            actual.eq(expected).all().item<bool>().ShouldBeTrue(name);
        }
    }

    [Fact]
    public void Write_EqualInput_GivesEqualBytes()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Numbers.Normal(3), Numbers.Normal(2));
        byte[] Bytes(params KeyValuePair<string, Tensor>[] tensors)
        {
            using var stream = new MemoryStream();
            SafetensorsWriter.Write(stream, tensors, new Dictionary<string, string>(StringComparer.Ordinal) { ["z"] = "1", ["a"] = "2" });
            return stream.ToArray();
        }

        Bytes(KeyValuePair.Create("a", a), KeyValuePair.Create("b", b))
            .ShouldBe(Bytes(KeyValuePair.Create("b", b), KeyValuePair.Create("a", a)));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.Below("model.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("old", ones(2))]);
        var before = File.ReadAllBytes(path);

        var twice = new[] { KeyValuePair.Create("new", ones(2)), KeyValuePair.Create("new", ones(2)) };
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(path, twice)).Message.ShouldContain("'new'");
        Should.Throw<ArgumentException>(() => SafetensorsWriter.Write(path, [KeyValuePair.Create("__metadata__", ones(2))]));

        var disposed = ones(2);
        disposed.Dispose();
        Should.Throw<Exception>(() => SafetensorsWriter.Write(path, [KeyValuePair.Create("gone", disposed)]));

        File.ReadAllBytes(path).ShouldBe(before);
        Directory.GetFiles(folder.Path).ShouldBe([path]);
    }
}
