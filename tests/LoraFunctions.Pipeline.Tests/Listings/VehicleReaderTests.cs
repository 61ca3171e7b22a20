using System.Text;
using LoraFunctions.Pipeline.Listings;

namespace LoraFunctions.Pipeline.Tests.Listings;

public sealed class VehicleReaderTests
{
    private const string Good = """
        {
          "make": "Tesla", "model": "Model Y", "generation": 2024, "year": 2024, "segment": "suv", "price": 249900.5, "released": true,
          "features": ["hidden door handles", "through-type tail lamp"], "listedAt": "2025-03-01T09:30:00+08:00", "mileage": 12000
        }
        """;

    [Fact]
    public void Read_GoodFile_GivesTheVehicle()
    {
        var vehicle = Read(Good);

        (vehicle.Make, vehicle.Model, vehicle.Generation, vehicle.Year).ShouldBe(("Tesla", "Model Y", "2024", 2024));
        (vehicle.Segment, vehicle.Price, vehicle.Released, vehicle.DisplayName).ShouldBe(("suv", 249900.5m, true, "Tesla Model Y 2024"));
        vehicle.Features.ShouldBe(["hidden door handles", "through-type tail lamp"]);
        vehicle.ListedAt.ShouldBe(DateTimeOffset.Parse("2025-03-01T09:30:00+08:00"));
    }

    /// <summary>What the reader takes as now.</summary>
    private static readonly DateTimeOffset s_now = DateTimeOffset.Parse("2025-03-02T00:00:00Z");

    [Theory]
    [InlineData("09:30")]
    [InlineData("03/04/2025")]
    [InlineData("2025-03-01")]
    [InlineData("2025-03-01T09:30:00")]
    [InlineData("2025-03-01 09:30:00+08:00")]
    public void Read_ListedAtWithoutDateOrOffset_IsRefused(string listedAt) =>
        Problem(Good.Replace("2025-03-01T09:30:00+08:00", listedAt)).ShouldBe(
            $"'listedAt' is \"{listedAt}\"; it must be an ISO 8601 time with its offset, such as 2025-03-01T09:30:00+08:00");

    [Theory]
    [InlineData("2999-01-01T00:00:00Z")]
    [InlineData("2025-03-03T00:00:01+00:00")]
    public void Read_ListedAtToCome_IsRefused(string listedAt) =>
        Problem(Good.Replace("2025-03-01T09:30:00+08:00", listedAt)).ShouldStartWith($"'listedAt' is {listedAt}, which is to come");

    [Theory]
    [InlineData("2025-03-01T09:30Z")]
    [InlineData("2025-03-01T09:30:00.25-05:00")]
    public void Read_ListedAtInIso8601_IsTaken(string listedAt) =>
        Read(Good.Replace("2025-03-01T09:30:00+08:00", listedAt)).ListedAt.ShouldBe(DateTimeOffset.Parse(listedAt));

    [Fact]
    public void Read_Gbk_IsCalledSo() =>
        Should.Throw<InvalidDataException>(() => VehicleReader.Read(
            new byte[] { (byte)'{', (byte)'"', 0xB1, 0xC8, 0xD1, 0xC7, 0xB5, 0xCF, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, s_now))
            .Message.ShouldStartWith("vehicle.json:1: is not UTF-8 text (byte 0xB1 cannot stand there; GBK, perhaps)");

    [Fact]
    public void Read_HalfASurrogatePair_IsRefused() => Problem(Good.Replace("Tesla", "T\\ud800")).ShouldStartWith("one of its texts is no Unicode");

    [Fact]
    public void Read_ByteOrderMark_IsLeftAlone() => Read("\uFEFF" + Good).Make.ShouldBe("Tesla");

    [Fact]
    public void Read_LeastFields_GivesDefaults()
    {
        var vehicle = Read("""{"make": "比亚迪", "model": "汉", "released": false, "listedAt": "2025-03-01T00:00Z"}""");

        (vehicle.Generation, vehicle.Segment, vehicle.Price, vehicle.Features.Count).ShouldBe(("", "", 0m, 0));
        vehicle.ListedAt.ShouldBe(DateTimeOffset.Parse("2025-03-01T00:00:00Z"));
    }

    [Fact]
    public void Read_ManyErrors_NamesAll()
    {
        var message = Problem("""
            {"schemaVersion": 2, "make": " ", "model": 3, "year": 20244, "price": "cheap", "released": "yes",
             "features": ["a", "<lora:x:1>"], "listedAt": "yesterday"}
            """);

        message.ShouldBe(string.Join("; ",
            "'schemaVersion' is 2; it must be a whole number from 1 to 1",
            "'make' is empty",
            "'model' must be a text",
            "'year' is 20244; it must be a whole number from 1950 to 2100",
            "'price' is \"cheap\"; it must be a number of at least 0",
            "'released' is missing or neither true nor false; concept cars must say false",
            "'features[1]' is '<lora:x:1>'; line breaks and the characters < > \" do not fit into captions and prompts",
            "'listedAt' is \"yesterday\"; it must be an ISO 8601 time with its offset, such as 2025-03-01T09:30:00+08:00"));
    }

    [Theory]
    [InlineData("", "not valid JSON (line 1)")]
    [InlineData("{\"make\": \"a\",\n \"model\": }", "not valid JSON (line 2)")]
    [InlineData("[]", "must be one JSON object")]
    [InlineData("{\"make\": \"!\", \"model\": \"?\", \"released\": true, \"listedAt\": \"2025-03-01T00:00Z\"}", "must each hold a letter or a digit")]
    public void Read_Broken_SaysHow(string text, string problem) => Problem(text).ShouldContain(problem);

    [Fact]
    public void Read_HugeFile_IsRefused() => Problem(new string(' ', 70_000)).ShouldBe("it has 70000 bytes; at most 65536 are read");

    private static Vehicle Read(string text) => VehicleReader.Read(Encoding.UTF8.GetBytes(text), s_now);

    private static string Problem(string text) => Should.Throw<InvalidDataException>(() => Read(text)).Message;
}
