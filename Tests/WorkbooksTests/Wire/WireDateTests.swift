import Testing
import Workbooks

@Suite struct WireDateTests {
    @Test(
        arguments: [
            ("1278950589", 1_278_950_589), ("Mon Jul 12 16:03:09 UTC 2010", 1_278_950_589),
            ("Fri Sept 7 14:00:00 UTC 2012", 1_347_026_400), ("Thu Jan 01 00:00:00 UTC 1970", 0),
            ("Wed Dec 31 23:59:59 UTC 1969", -1), ("Thu Feb 29 12:00:00 UTC 2024", 1_709_208_000),
        ] as [(String, Int64)]
    )
    func readsMoments(text: String, seconds: Int64) {
        #expect(WireDate.seconds(from: text) == seconds)
    }

    @Test(arguments: ["", "yesterday", "Mon Jul 12 16:03 UTC 2010", "Mon Jul 12 16:03:09 CEST 2010"])
    func refusesWhatIsNoMoment(text: String) {
        #expect(WireDate.seconds(from: text) == nil)
    }

    @Test func readsDatesWithALeadingBlank() {
        #expect(WireDate.isoDate(from: " 2 May 2010") == "2010-05-02")
        #expect(WireDate.isoDate(from: "22 May 2009") == "2009-05-22")
        #expect(WireDate.isoDate(from: "2009-05-22") == nil)
    }

    @Test(arguments: [-86_401, -1, 0, 951_782_400, 1_709_208_000, 4_102_444_799] as [Int64])
    func writesMomentsThatReadBack(seconds: Int64) {
        let iso = WireDate.isoMoment(seconds: seconds)
        #expect(iso.count == 20)
        let time = iso.dropFirst(11).dropLast()
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = iso.prefix(10).split(separator: "-")
        let month = months[(Int(parts[1]) ?? 1) - 1]
        #expect(WireDate.seconds(from: "Day \(month) \(parts[2]) \(time) UTC \(parts[0])") == seconds)
    }
}
