using System.Text;
using System.Text.Json;

namespace LoraFunctions.Contracts.Tests;

public sealed class ContractJsonTests
{
    private static readonly JobMessage s_message = new(
        1, "train-1", JobKind.Train, "nightly-20250302:x", "done-1", new BlobRef("jobs", "train-1/spec.json", "\"1\"", "ab"), null);

    [Fact]
    public void Serialize_JobMessage_IsTheDocumentedJson() =>
        ContractJson.Serialize(s_message).ShouldBe(
            """{"schemaVersion":1,"jobId":"train-1","kind":"train","instanceId":"nightly-20250302:x","eventName":"done-1","specBlob":{"container":"jobs","name":"train-1/spec.json","eTag":"\"1\"","sha256":"ab"},"traceparent":null}""");

    [Fact]
    public void Deserialize_JobMessage_ComesBack() =>
        ContractJson.DeserializeJobMessage(ContractJson.Serialize(s_message)).ShouldBe(s_message);

    [Theory]
    [InlineData("2")]
    [InlineData("0")]
    public void Deserialize_OtherSchemaVersion_IsRefusedWithBothVersions(string version)
    {
        var text = ContractJson.Serialize(s_message).Replace("\"schemaVersion\":1", $"\"schemaVersion\":{version}");

        Should.Throw<JsonException>(() => ContractJson.DeserializeJobMessage(text)).Message.ShouldContain($"schema version {version} came; this version knows 1");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("not json")]
    public void Deserialize_NoJobMessage_IsRefused(string text) => Should.Throw<JsonException>(() => ContractJson.DeserializeJobMessage(text));

    [Fact]
    public void Deserialize_Base64_IsRefused() =>
        Should.Throw<JsonException>(() => ContractJson.DeserializeJobMessage(Convert.ToBase64String(Encoding.UTF8.GetBytes(ContractJson.Serialize(s_message)))));

    [Fact]
    public void Deserialize_FieldOfALaterVersion_IsLeftAlone()
    {
        var result = new ResultMessage(1, "train-1", "x", "done-1");

        ContractJson.DeserializeResultMessage(ContractJson.Serialize(result)[..^1] + ",\"later\":1}").ShouldBe(result);
    }

    [Fact]
    public void Serialize_Chinese_StaysReadable() => ContractJson.Serialize("比亚迪 汉").ShouldBe("\"比亚迪 汉\"");
}
